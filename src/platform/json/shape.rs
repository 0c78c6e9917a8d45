//! What is wrong with the form of a body besides the first fault, at which serde stops: held against the schema that the
//! OpenAPI document shows for it. Of the body's own fields; what is wrong within one of them, serde tells.

use super::{FieldFault, nearest};
use serde_json::{Map, Value};
use std::collections::HashMap;
use utoipa::{
    ToSchema,
    openapi::{
        KnownFormat, RefOr, Schema, SchemaFormat,
        schema::{Object, SchemaType, Type},
    },
};

/// Every field of the body that is missing, unknown, or of another type than `T` takes.
pub(super) fn faults<T: ToSchema>(body: &[u8]) -> Vec<FieldFault> {
    let (Ok(body), RefOr::T(Schema::Object(shape))) = (serde_json::from_slice::<Map<String, Value>>(body), T::schema())
    else {
        return Vec::new();
    };
    let mut named = Vec::new();
    T::schemas(&mut named);
    let named: HashMap<String, RefOr<Schema>> = named.into_iter().collect();
    let missing = shape.required.iter().filter(|name| !body.contains_key(*name));
    let missing = missing.map(|name| FieldFault::required(format!("/{name}")));
    let known: Vec<&str> = shape.properties.keys().map(String::as_str).collect();
    let wrong = body.iter().filter_map(|(name, value)| {
        let pointer = format!("/{name}");
        match shape.properties.get(name) {
            None => Some(FieldFault {
                suggestion: nearest(name, &known),
                ..FieldFault::new(pointer, "tidak dikenal", "is not known")
            }),
            Some(property) => fault_of(pointer, object_of(property, &named)?, value),
        }
    });
    missing.chain(wrong).collect()
}

/// The plain schema of a property; nothing where it is put together from several.
fn object_of<'a>(property: &'a RefOr<Schema>, named: &'a HashMap<String, RefOr<Schema>>) -> Option<&'a Object> {
    match property {
        RefOr::T(Schema::Object(object)) => Some(object),
        RefOr::Ref(reference) => match named.get(reference.ref_location.rsplit('/').next()?)? {
            RefOr::T(Schema::Object(object)) => Some(object),
            _ => None,
        },
        RefOr::T(_) => None,
    }
}

fn fault_of(pointer: String, shape: &Object, value: &Value) -> Option<FieldFault> {
    let types: &[Type] = match &shape.schema_type {
        SchemaType::Type(one) => std::slice::from_ref(one),
        SchemaType::Array(many) => many,
        SchemaType::AnyValue => return None,
    };
    if !types.iter().any(|wanted| is_of(wanted, value)) || !has_format(shape.format.as_ref(), value) {
        return Some(FieldFault::new(pointer, "jenis atau bentuk nilai tidak sesuai", "has the wrong type or form"));
    }
    let known = shape.enum_values.as_ref()?;
    if known.contains(value) || value.is_null() {
        return None;
    }
    let known: Vec<&str> = known.iter().filter_map(Value::as_str).collect();
    let known = known.join(", ");
    Some(FieldFault::new(pointer, format!("harus salah satu dari: {known}"), format!("must be one of: {known}")))
}

fn is_of(wanted: &Type, value: &Value) -> bool {
    match wanted {
        Type::Object => value.is_object(),
        Type::String => value.is_string(),
        Type::Integer => value.is_i64() || value.is_u64(),
        Type::Number => value.is_number(),
        Type::Boolean => value.is_boolean(),
        Type::Array => value.is_array(),
        Type::Null => value.is_null(),
    }
}

fn has_format(format: Option<&SchemaFormat>, value: &Value) -> bool {
    let (Some(SchemaFormat::KnownFormat(format)), Some(text)) = (format, value.as_str()) else { return true };
    match format {
        KnownFormat::Uuid => text.parse::<uuid::Uuid>().is_ok(),
        KnownFormat::Date => text.parse::<chrono::NaiveDate>().is_ok(),
        KnownFormat::DateTime => chrono::DateTime::parse_from_rfc3339(text).is_ok(),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::reason::Reason;
    use serde_json::json;

    #[derive(utoipa::ToSchema)]
    #[allow(dead_code, reason = "read by its schema alone")]
    struct Payment {
        enrolment_id: uuid::Uuid,
        paid_on: chrono::NaiveDate,
        amount_idr: i64,
        reason: Option<Reason>,
        proof: Option<String>,
    }

    fn pointers(body: &Value) -> Vec<String> {
        let mut told: Vec<_> =
            faults::<Payment>(body.to_string().as_bytes()).into_iter().map(|fault| fault.pointer).collect();
        told.sort();
        told
    }

    #[test]
    fn every_field_that_is_missing_unknown_or_of_another_form_is_told() {
        assert_eq!(pointers(&json!({})), ["/amount_idr", "/enrolment_id", "/paid_on"]);
        let wrong = json!({ "enrolment_id": "1", "paid_on": "besok", "amount_idr": "5", "prof": "x", "proof": 7 });
        assert_eq!(pointers(&wrong), ["/amount_idr", "/enrolment_id", "/paid_on", "/prof", "/proof"]);
        let sound =
            json!({ "enrolment_id": uuid::Uuid::nil(), "paid_on": "2026-03-01", "amount_idr": 5, "proof": null });
        assert_eq!(pointers(&sound), Vec::<String>::new());
        assert_eq!(pointers(&json!([])), Vec::<String>::new());
    }
}
