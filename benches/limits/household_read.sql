-- A household and its members by id: one row for each member, the household's columns in each, as a join gives them.
-- The id is one of :known at random.
\set at random(1, :known)
SELECT h.household_id, h.release_id, h.village_code, h.address, h.head_name, h.kk_tail, h.declared_member_count,
       h.member_count, h.decile, h.decile_province, h.decile_regency, h.pbi_national, h.pbi_regional,
       h.pln_customer, h.house_ownership, h.floor, h.floor_area_m2, h.wall, h.roof, h.water_source, h.lighting,
       h.installed_power, h.cooking_fuel, h.toilet, h.toilet_type, h.sewage, h.owns_assets, h.gas_cylinder,
       h.refrigerator, h.air_conditioner, h.water_heater, h.landline, h.flat_tv, h.gold_jewellery, h.computer,
       h.motorcycle, h.bicycle, h.car, h.boat, h.motor_boat, h.smartphone, h.other_land, h.other_house, h.cattle,
       h.buffaloes, h.horses, h.pigs, h.goats_sheep, m.individual_id, m.position, m.name, m.nik_tail, m.birth_date,
       m.sex, m.relation, m.marital_status, m.pbi_national, m.pbi_regional, m.deceased, m.schooling,
       m.highest_level, m.highest_grade, m.certificate, m.works, m.work_sector, m.work_status, m.owns_business,
       m.business_count, m.business_sector, m.paid_workers, m.unpaid_workers, m.business_turnover, m.nutrition,
       m.seeing, m.hearing, m.walking, m.using_hands, m.learning, m.behaviour, m.speaking, m.self_care,
       m.remembering, m.sadness, m.chronic_illness, m.card_village_code, m.card_hamlet, m.card_rt, m.card_rw,
       m.card_address, m.card_occupation, m.card_education
FROM household_snapshots h
LEFT JOIN individual_snapshots m ON m.release_id = h.release_id AND m.household_id = h.household_id
WHERE h.release_id = (SELECT release_id FROM active_release)
  AND h.household_id = (SELECT household_id FROM bench.known_households WHERE row_no = :at)
ORDER BY m.position;
