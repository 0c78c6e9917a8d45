//! The OpenAPI document held against its standard: by a validator of OpenAPI 3.1, by the meta-schema of JSON Schema 2020-12, and
//! by what neither of them asks. A document with any one of these broken is found out.

use crate::support::document::{Operation, document, example, operations};
use roas::{
    v3_1::spec::Spec,
    validation::{Options, Validate},
};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Everything that is wrong with a document.
fn faults(document: &Value) -> Vec<String> {
    let mut found = by_standard(document);
    found.extend(dangling(document));
    let known = operations(document);
    let mut ids = BTreeSet::new();
    for operation in &known {
        let (in_path, described) = path_parameters(operation);
        if in_path != described {
            found.push(format!("{}: the path has {in_path:?}, described are {described:?}", operation.name()));
        }
        if !ids.insert(operation.told["operationId"].to_string()) {
            found.push(format!("{} shares its operationId", operation.name()));
        }
        for (status, answer) in operation.told["responses"].as_object().into_iter().flatten() {
            if answer["description"].as_str().is_none_or(str::is_empty) {
                found.push(format!("{} {status} has no description", operation.name()));
            }
        }
    }
    // A schema that is none, or leads nowhere, can't be asked about examples.
    let broken = wrong_schemas(document);
    if broken.is_empty() && found.is_empty() {
        found.extend(wrong_examples(document, &known));
    }
    found.extend(broken);
    found
}

fn by_standard(document: &Value) -> Vec<String> {
    let spec: Spec = match serde_json::from_value(document.clone()) {
        Ok(spec) => spec,
        Err(error) => return vec![format!("is no OpenAPI 3.1: {error}")],
    };
    // A page of a list writes the schema of its rows out; the named one then stands beside it, unused.
    let wrong = spec.validate(Options::IgnoreUnusedSchemas.only(), None).err();
    wrong.into_iter().flat_map(|report| report.errors).map(|error| error.to_string()).collect()
}

/// Each object within a value, with its place.
fn objects<'a>(value: &'a Value, at: &str, see: &mut impl FnMut(&str, &'a Value)) {
    match value {
        Value::Object(parts) => {
            see(at, value);
            parts.iter().for_each(|(name, part)| objects(part, &format!("{at}/{name}"), see));
        }
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(index, item)| objects(item, &format!("{at}/{index}"), see));
        }
        _ => {}
    }
}

fn dangling(document: &Value) -> Vec<String> {
    let mut found = Vec::new();
    objects(document, "", &mut |at, object| {
        let Some(reference) = object["$ref"].as_str() else { return };
        if reference.strip_prefix('#').and_then(|pointer| document.pointer(pointer)).is_none() {
            found.push(format!("{at}: {reference} leads nowhere"));
        }
    });
    found
}

/// The parameters that stand in braces in a path, and those that are described as its own.
fn path_parameters(operation: &Operation) -> (BTreeSet<String>, BTreeSet<String>) {
    let in_path = operation.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    let described = operation.told["parameters"].as_array().into_iter().flatten();
    let described = described.filter(|parameter| parameter["in"] == "path" && parameter["required"] == true);
    (in_path.map(str::to_owned).collect(), described.map(|it| it["name"].as_str().unwrap().to_owned()).collect())
}

fn wrong_schemas(document: &Value) -> Vec<String> {
    let schemas = document["components"]["schemas"].as_object().unwrap();
    let wrong = schemas.iter().filter_map(|(name, schema)| {
        let error = jsonschema::draft202012::meta::validate(schema).err()?;
        Some(format!("schema {name} is no JSON Schema: {error}"))
    });
    wrong.collect()
}

/// Words by which an object is known as a schema.
const SCHEMA: &[&str] = &["type", "$ref", "oneOf", "anyOf", "allOf", "enum"];

/// Examples that their own schema does not take: those that stand in the document, and the bodies put together from them.
fn wrong_examples(document: &Value, operations: &[Operation]) -> Vec<String> {
    let mut given = Vec::new();
    objects(document, "", &mut |at, object| {
        let examples = object["examples"].as_array().into_iter().flatten().chain(object.get("example"));
        let schema = if SCHEMA.iter().any(|word| object.get(word).is_some()) { object } else { &object["schema"] };
        if schema.is_object() && !at.ends_with("/properties") {
            given.extend(examples.map(|example| (at.to_owned(), schema.clone(), example.clone())));
        }
    });
    for operation in operations {
        let bodies = operation.told["requestBody"]["content"].as_object().into_iter().flatten();
        let json = bodies.filter(|(kind, content)| *kind == "application/json" && content["schema"].is_object());
        given.extend(json.map(|(kind, content)| {
            let schema = content["schema"].clone();
            let whole = example(document, &schema);
            (format!("{} as {kind}", operation.name()), schema, whole)
        }));
    }
    assert!(given.len() > 300, "{} examples", given.len());
    given.iter().filter_map(|(at, schema, example)| refused(document, at, schema, example)).collect()
}

fn refused(document: &Value, at: &str, schema: &Value, example: &Value) -> Option<String> {
    let mut root = schema.clone();
    root["$schema"] = json!("https://json-schema.org/draft/2020-12/schema");
    root["components"] = document["components"].clone();
    let validator =
        jsonschema::options().should_validate_formats(true).should_ignore_unknown_formats(true).build(&root);
    match validator {
        Err(error) => Some(format!("{at}: {error}")),
        Ok(validator) => {
            let error = validator.validate(example).err()?;
            Some(format!("{at}: {example} is refused: {error}"))
        }
    }
}

#[test]
fn the_document_is_valid() {
    let found = faults(&document());
    assert!(found.is_empty(), "{} faults:\n{}", found.len(), found.join("\n"));
}

#[test]
fn a_document_with_a_fault_is_found_out() {
    let whole = document();
    let agency = "/paths/~1v1~1agencies~1{code}/get";
    let broken: &[(&str, &str, Value)] = &[
        ("another version", "/openapi", json!("2.0")),
        ("no title", "/info/title", Value::Null),
        ("no description", &format!("{agency}/responses/200/description"), json!("")),
        ("a shared id", &format!("{agency}/operationId"), json!("list_agencies")),
        ("a parameter that is not in the path", &format!("{agency}/parameters/0/name"), json!("kode")),
        ("a parameter in no place", &format!("{agency}/parameters/0/in"), json!("body")),
        (
            "a dangling reference",
            "/paths/~1v1~1me/get/responses/200/content/application~1json/schema/$ref",
            json!("#/components/schemas/Nobody"),
        ),
        ("no type", "/components/schemas/Agency/properties/name/type", json!("strin")),
        ("an example of another type", "/components/schemas/Agency/properties/name/example", json!(7)),
        ("an example that is no value", "/components/schemas/AgencyKind/example", json!("kantor")),
        ("an unknown scheme", "/paths/~1v1~1me/get/security", json!([{ "nothing": [] }])),
    ];
    let is_missed = |(_, pointer, value): &&(&str, &str, Value)| {
        let mut document = whole.clone();
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        document.pointer_mut(parent).unwrap_or_else(|| panic!("{pointer}"))[name] = value.clone();
        faults(&document).is_empty()
    };
    let missed: Vec<&str> = broken.iter().filter(is_missed).map(|(what, ..)| *what).collect();
    assert!(missed.is_empty(), "not found: {missed:?}");
}
