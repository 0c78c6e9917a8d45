//! Regions: by prefix and as a tree.

use crate::support::Api;
use serde_json::{Value, json};

fn codes(body: &Value) -> Vec<&str> {
    body["items"].as_array().unwrap().iter().map(|region| region["code"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn regions_are_listed_parents_first_and_narrowed_by_prefix() {
    let api = Api::start().await;
    let reader = api.auditor().await;
    let all = reader.get("/v1/regions").await.ok();
    // A province, a regency, 18 districts, 281 villages.
    assert_eq!(all["items"].as_array().unwrap().len(), 301);
    assert_eq!(codes(&all)[..3], ["35", "35.26", "35.26.01"]);
    let socah = reader.get("/v1/regions?within=35.26.02").await.ok();
    assert_eq!((codes(&socah).len(), codes(&socah)[0]), (12, "35.26.02"));
    let village = reader.get("/v1/regions?within=35.26.02.2001").await.ok();
    assert_eq!(
        village["items"],
        json!([{ "code": "35.26.02.2001", "parent_code": "35.26.02", "level": "village", "name": "Socah", "bps_code": null }])
    );
    assert_eq!(codes(&reader.get("/v1/regions?within=35.27").await.ok()), Vec::<&str>::new());
}

#[tokio::test]
async fn the_tree_holds_each_region_once_below_its_parent() {
    let api = Api::start().await;
    let reader = api.auditor().await;
    let tree = reader.get("/v1/regions/tree").await.ok();
    let (province, regency) = (&tree["items"][0], &tree["items"][0]["children"][0]);
    assert_eq!((&province["code"], &regency["code"]), (&json!("35"), &json!("35.26")));
    let districts = regency["children"].as_array().unwrap();
    let villages = |district: &Value| district["children"].as_array().unwrap().len();
    assert_eq!((districts.len(), districts.iter().map(villages).sum::<usize>()), (18, 281));
    let socah = reader.get("/v1/regions/tree?within=35.26.02").await.ok();
    assert_eq!((codes(&socah), villages(&socah["items"][0])), (vec!["35.26.02"], 11));
}

#[tokio::test]
async fn what_is_no_region_code_is_refused() {
    let api = Api::start().await;
    let reader = api.auditor().await;
    for path in ["/v1/regions", "/v1/regions/tree"] {
        for wrong in ["bangkalan", "35.26.1", "35.26.01.20010"] {
            let refused = reader.get(&format!("{path}?within={wrong}")).await;
            assert_eq!((refused.status.as_u16(), refused.wrong_fields()), (422, vec!["within".to_owned()]), "{wrong}");
        }
    }
}
