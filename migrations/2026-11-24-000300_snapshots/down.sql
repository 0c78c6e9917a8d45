DROP FUNCTION drop_release_partitions(uuid), attach_release_partitions(uuid), prepare_release_partitions(uuid), release_partition(text, uuid);
DROP TABLE individual_snapshots, household_snapshots;
