//! The lane as PostgreSQL is told it, at the head of a transaction: `SET LOCAL app.…` is written here and nowhere
//! else. `SET LOCAL` rather than `set_config()`, since only the former reaches the shards of a cluster.

use crate::platform::region_code::RegionCode;

/// The lane of a role of an agency in these areas. Callers of one lane may share a flight, so it does not say who asks.
#[must_use]
pub fn statements(role: &str, agency: &str, areas: &[RegionCode]) -> String {
    let areas = areas.iter().map(RegionCode::pattern).collect::<Vec<_>>().join(",");
    set("role", role) + &set("agency", agency) + &set("areas", &format!("{{{areas}}}"))
}

/// Who asks, for a transaction of one caller: what is a caller's own (stored answers, counted misses) goes by it.
#[must_use]
pub fn subject_statement(subject: &str) -> String {
    set("subject", subject)
}

/// Who share a transaction of one lane: what is each one's own is at hand for all of them.
#[must_use]
pub fn subjects_statement<'a>(subjects: impl Iterator<Item = &'a str>) -> String {
    let quoted = subjects.map(|subject| format!("\"{}\"", subject.replace('\\', "\\\\").replace('"', "\\\"")));
    set("subjects", &format!("{{{}}}", quoted.collect::<Vec<_>>().join(",")))
}

/// The lane of the service's own housekeeping (logins, jobs): it sees no household.
#[must_use]
pub fn of_service() -> String {
    statements("service", "", &[])
}

/// SET takes no parameters. Role and areas are typed; agency and subject come from our own rows.
fn set(name: &str, value: &str) -> String {
    format!("SET LOCAL app.{name} = '{}';", value.replace('\'', "''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quote_does_not_end_the_lane() {
        assert_eq!(subject_statement("user:o'neil"), "SET LOCAL app.subject = 'user:o''neil';");
    }

    #[test]
    fn subjects_are_an_array_whatever_they_are_called() {
        let subjects = ["user:o'neil", r#"client:a","b\"#];
        assert_eq!(
            subjects_statement(subjects.into_iter()),
            r#"SET LOCAL app.subjects = '{"user:o''neil","client:a\",\"b\\"}';"#
        );
    }

    #[test]
    fn the_service_has_no_agency_and_no_area() {
        assert_eq!(
            of_service(),
            "SET LOCAL app.role = 'service';SET LOCAL app.agency = '';SET LOCAL app.areas = '{}';"
        );
    }
}
