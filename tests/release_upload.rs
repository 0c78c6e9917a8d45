//! Handing a delivery in: what is recognised when it comes again, and what is refused.

use crate::support::{
    Api, Reply,
    deliveries::{Draft, Files, card, generated, gzip, id_of, nik},
};
use sejahtera::platform::auth::Role;
use serde_json::json;

const HERE: &str = "35.26.02.2001";

#[tokio::test]
async fn the_same_files_are_recognised_until_their_release_is_rejected() {
    let api = Api::start().await;
    let (steward, files) = (api.steward().await, Draft::small().files());
    let release = steward.load("kecil", &files).await;
    let refused = api.steward().await.hand_in("nama lain", &files).await.refused("release-already-received");
    assert_eq!(id_of(&refused["release_id"]), release);
    steward.hand_in("kecil", &files.with_blank_lines(1)).await.refused("release-label-taken");

    let reason = json!({ "reason": "salah kirim" });
    let rejected = steward.post(&format!("/v1/releases/{release}/rejection"), &reason).await.ok();
    assert_eq!((&rejected["state"], &rejected["rejected_reason"]), (&json!("rejected"), &json!("salah kirim")));
    steward.post(&format!("/v1/releases/{release}/rejection"), &reason).await.refused("release-step");
    assert_ne!(steward.load("kecil", &files).await, release);
}

#[tokio::test]
async fn the_same_files_are_recognised_in_whatever_order_they_come() {
    let api = Api::start().await;
    let (steward, files) = (api.steward().await, Draft::small().files());
    let release = steward.load("kecil", &files).await;
    let part = |bytes: &[u8]| reqwest::multipart::Part::bytes(bytes.to_vec()).file_name("x.csv");
    let form = reqwest::multipart::Form::new()
        .part("members", part(&files.members))
        .part("families", part(&files.families))
        .text("data_date", "2026-01-20")
        .text("label", "nama lain");
    let refused = steward.hand_in_form(form).await.refused("release-already-received");
    assert_eq!(id_of(&refused["release_id"]), release);
}

#[tokio::test]
async fn of_the_same_delivery_handed_in_eight_times_at_once_one_is_taken() {
    let api = Api::start().await;
    let (steward, files) = (api.steward().await, Draft::small().files());
    let labels: Vec<String> = (0..8).map(|number| format!("kiriman {number}")).collect();
    let uploads = labels.iter().map(|label| steward.hand_in(label, &files));
    let replies = futures::future::join_all(uploads).await;
    let (taken, refused): (Vec<Reply>, Vec<Reply>) = replies.into_iter().partition(|reply| reply.status == 202);
    assert_eq!((taken.len(), refused.len()), (1, 7));
    let release = taken[0].json()["release"]["release_id"].clone();
    for reply in refused {
        assert_eq!(reply.refused("release-already-received")["release_id"], release);
    }
    steward.wait_for(id_of(&taken[0].json()["job"]["job_id"])).await;
    assert_eq!(std::fs::read_dir(api.settings.data_dir.join("deliveries")).unwrap().count(), 2);
    assert_eq!(api.rows("SELECT count(*) FROM releases").await, ["1"]);
}

#[tokio::test]
async fn a_form_that_does_not_fit_names_all_its_faults_and_leaves_no_file() {
    let api = Api::start().await;
    let steward = api.steward().await;
    let file = || reqwest::multipart::Part::bytes(b"x".to_vec()).file_name("x.csv");
    let form =
        reqwest::multipart::Form::new().part("families", file()).part("kamus", file()).text("data_date", "kemarin");
    let mut wrong = steward.hand_in_form(form).await.wrong_fields();
    wrong.sort();
    assert_eq!(wrong, ["/data_date", "/kamus", "/label", "/members"]);
    let form = reqwest::multipart::Form::new().part("families", file()).part("families", file());
    assert!(steward.hand_in_form(form).await.wrong_fields().contains(&"/families".to_owned()));
    let left = std::fs::read_dir(api.settings.data_dir.join("deliveries")).map_or(0, Iterator::count);
    assert_eq!(left, 0);
}

#[tokio::test]
async fn a_file_above_the_limit_is_refused_and_leaves_nothing() {
    let api = Api::start_with(|variables| drop(variables.insert("UPLOAD_LIMIT_BYTES".into(), "1000".into()))).await;
    let steward = api.steward().await;
    steward.hand_in("besar", &generated(20, 1, false).files).await.refused("too-large");
    let left = std::fs::read_dir(api.settings.data_dir.join("deliveries")).map_or(0, Iterator::count);
    assert_eq!(left, 0);
}

#[tokio::test]
async fn a_delivery_without_its_required_columns_is_refused_with_all_of_them_named() {
    let api = Api::start().await;
    let steward = api.steward().await;
    // The families alone have something to be told before the members turn out to be unusable.
    let mut draft = Draft::small().family("0", HERE, "", "TANPA NOMOR");
    draft.members.without("tanggal_lahir").without("jenis_kelamin");
    draft.members.rename("pekerjaan_ktp", "nama");
    let (release, job) = steward.begin_loading("rusak", &draft.files()).await;
    let ended = steward.wait_for(job).await;
    assert_eq!((&ended["state"], &ended["problem"]["code"]), (&json!("failed"), &json!("unreadable-delivery")));
    assert_eq!(steward.release(release).await["state"], "rejected");
    let found: Vec<String> = steward
        .findings(release, "")
        .await
        .iter()
        .map(|row| {
            format!("{} {} {} {} {}", row["file"], row["line"], row["column"], row["kind"], row["action"])
                .replace('"', "")
        })
        .collect();
    assert_eq!(
        found,
        [
            "members 1 tanggal_lahir missing-required-column refused",
            "members 1 jenis_kelamin missing-required-column refused",
            "members 1 null duplicate-column refused",
        ]
    );
    let partitions = "SELECT count(*) FROM pg_class WHERE relname ~ '_snapshots_[0-9a-f]{32}$'";
    assert_eq!(api.rows(partitions).await, ["0"]);
    assert_eq!(api.rows("SELECT count(*) FROM households").await, ["0"]);
    // Mended, it can come again under its name.
    steward.load("rusak", &Draft::small().files()).await;
}

#[tokio::test]
async fn what_was_found_in_one_file_does_not_keep_the_other_from_being_refused() {
    let api = Api::start().await;
    let steward = api.steward().await;
    let without_decile = |draft: Draft, serial| draft.single(&card(serial), HERE, "", &nik(serial));
    let mut draft = (1..2_000).fold(Draft::new(), without_decile);
    draft.members.without("nama");
    let (release, job) = steward.begin_loading("rusak", &draft.files()).await;
    assert_eq!(steward.wait_for(job).await["problem"]["code"], "unreadable-delivery");
    assert_eq!(api.rows("SELECT attempts FROM jobs").await, ["1"]);
    let found = steward.findings(release, "").await;
    assert_eq!((found.len(), &found[0]["column"]), (1, &json!("nama")));
}

#[tokio::test]
async fn what_is_no_delivery_at_all_is_refused_as_such() {
    let api = Api::start().await;
    let steward = api.steward().await;
    let good = Draft::small().files();
    let two_meanings = b"kolom,kode,keterangan\njenis_kelamin,1,L\njenis_kelamin,1,P\n".to_vec();
    let utf16 = |text: &[u8]| [b"\xFF\xFE".to_vec(), text.iter().flat_map(|byte| [*byte, 0]).collect()].concat();
    let cut = gzip(&good.families);
    let broken = [
        ("kosong", Files { families: Vec::new(), ..good.clone() }, "families unreadable-file"),
        ("UTF-16", Files { families: utf16(&good.families), ..good.clone() }, "families unreadable-file"),
        (
            "gzip terpotong",
            Files { families: cut[..cut.len() / 2].to_vec(), ..good.clone() },
            "families unreadable-file",
        ),
        ("kamus", Files { code_book: Some(two_meanings), ..good.clone() }, "code_book code-with-two-meanings"),
    ];
    for (label, files, told) in broken {
        let (release, job) = steward.begin_loading(label, &files).await;
        assert_eq!(steward.wait_for(job).await["problem"]["code"], "unreadable-delivery", "{label}");
        let found = steward.findings(release, "").await;
        assert_eq!(found.len(), 1, "{label}");
        assert_eq!(format!("{} {}", found[0]["file"], found[0]["kind"]).replace('"', ""), told);
    }
}

#[tokio::test]
async fn a_steward_of_a_part_of_the_regency_loads_no_release() {
    let api = Api::start().await;
    let narrow = api.actor(Role::RegistrySteward, "dinsos", &["35.26.01"]).await;
    narrow.hand_in("sebagian", &Draft::small().files()).await.refused("needs-whole-regency");
    let left = std::fs::read_dir(api.settings.data_dir.join("deliveries")).map_or(0, Iterator::count);
    assert_eq!(left, 0);
}
