//! A receipt as a page to be printed: A4, Indonesian with English beside it, in the fonts that every PDF reader has.

use super::{
    Receipt,
    letters::{bytes, lines},
    words::in_digits,
};
use crate::aid::disbursements::DisbursementState;
use chrono::{Datelike, NaiveDate};
use pdf_writer::{Content, Name, Pdf, Rect, Ref, Str, TextStr};

/// A4 in points.
const PAGE: (f32, f32) = (595.0, 842.0);
const MARGIN: f32 = 48.0;
/// Where values begin.
const VALUES: f32 = 180.0;
const VALUE_SIZE: f32 = 10.0;
/// Lines that a value may take.
const MOST_LINES: usize = 3;

const REGULAR: Name<'static> = Name(b"F1");
const BOLD: Name<'static> = Name(b"F2");

const BLACK: [f32; 3] = [0.0, 0.0, 0.0];
const GREY: [f32; 3] = [0.4, 0.4, 0.4];
const RED: [f32; 3] = [0.75, 0.0, 0.0];

const MONTHS: [&str; 12] = [
    "Januari",
    "Februari",
    "Maret",
    "April",
    "Mei",
    "Juni",
    "Juli",
    "Agustus",
    "September",
    "Oktober",
    "November",
    "Desember",
];

/// The page. Its code can be checked at this address of ours.
#[must_use]
pub fn page(receipt: &Receipt, public_url: &str) -> Vec<u8> {
    let [catalog, pages, page, regular, bold, content, info] = [1, 2, 3, 4, 5, 6, 7].map(Ref::new);
    let mut pdf = Pdf::new();
    pdf.catalog(catalog).pages(pages).lang(TextStr("id"));
    pdf.document_info(info).title(TextStr(&receipt.number)).producer(TextStr("Sejahtera"));
    pdf.pages(pages).kids([page]).count(1);
    let mut sheet = pdf.page(page);
    sheet.media_box(Rect::new(0.0, 0.0, PAGE.0, PAGE.1)).parent(pages).contents(content);
    sheet.resources().fonts().pair(REGULAR, regular).pair(BOLD, bold);
    drop(sheet);
    for (id, font) in [(regular, "Helvetica"), (bold, "Helvetica-Bold")] {
        pdf.type1_font(id).base_font(Name(font.as_bytes())).encoding_predefined(Name(b"WinAnsiEncoding"));
    }
    pdf.stream(content, &drawn(receipt, public_url).content.finish());
    pdf.finish()
}

/// What stands on the page.
fn drawn(receipt: &Receipt, public_url: &str) -> Pen {
    let mut pen = Pen { content: Content::new(), y: PAGE.1 - MARGIN };
    pen.write(BOLD, 16.0, BLACK, "KUITANSI PENYALURAN BANTUAN");
    pen.write(REGULAR, 10.0, GREY, "Receipt of aid");
    pen.rule();
    if let Some((indonesian, english)) = no_longer(receipt.state) {
        pen.write(BOLD, 13.0, RED, indonesian);
        pen.write(REGULAR, 10.0, RED, english);
        pen.rule();
    }
    for (indonesian, english, value) in rows(receipt) {
        pen.row(indonesian, english, &value);
    }
    pen.rule();
    pen.write(REGULAR, 9.0, GREY, "Kode pemeriksaan / Code");
    pen.write(BOLD, 15.0, BLACK, &receipt.code);
    pen.write(REGULAR, 9.0, GREY, "Periksa keabsahannya di alamat ini / Check whether it holds at this address:");
    let address = format!("{public_url}/v1/public/receipts/{}", receipt.code);
    pen.write(REGULAR, 9.0, BLACK, &address);
    pen
}

/// What is said of a payment that does not stand any more.
const fn no_longer(state: DisbursementState) -> Option<(&'static str, &'static str)> {
    match state {
        DisbursementState::Reversed => {
            Some(("TIDAK BERLAKU LAGI: pembayaran ini dibatalkan", "No longer valid: this payment was reversed"))
        }
        DisbursementState::Returned => {
            Some(("TIDAK BERLAKU LAGI: dananya telah kembali", "No longer valid: the money came back"))
        }
        DisbursementState::Planned | DisbursementState::Paid | DisbursementState::Failed => None,
    }
}

/// Labels in both languages, with their values.
fn rows(receipt: &Receipt) -> [(&'static str, &'static str, String); 12] {
    let or_dash = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
    let decile = receipt.decile.map_or_else(|| "tanpa desil / no decile".to_owned(), |decile| decile.to_string());
    [
        ("Nomor", "Number", receipt.number.clone()),
        ("Program", "Programme", format!("{} ({})", receipt.program_name, receipt.program_code)),
        ("Perangkat daerah", "Agency", receipt.agency_name.clone()),
        ("Periode", "Period", receipt.period.clone()),
        ("Penerima", "Beneficiary", or_dash(&receipt.beneficiary)),
        ("Wilayah", "Region", format!("{} ({})", receipt.region, receipt.village_code)),
        ("Jumlah", "Amount", in_digits(receipt.amount_idr)),
        ("Terbilang", "In words", receipt.amount_in_words.clone()),
        ("Tanggal bayar", "Paid on", format!("{} ({})", in_indonesian(receipt.paid_on), receipt.paid_on)),
        ("Bukti", "Proof", or_dash(&receipt.proof_reference)),
        ("Rilis DTSEN", "DTSEN release", receipt.release.clone()),
        ("Desil", "Decile", decile),
    ]
}

/// A day as Indonesian writes it: `20 Maret 2026`.
fn in_indonesian(day: NaiveDate) -> String {
    let month = usize::try_from(day.month0()).ok().and_then(|month| MONTHS.get(month)).copied().unwrap_or_default();
    format!("{} {month} {}", day.day(), day.year())
}

/// Writes from the top of the page to its foot.
struct Pen {
    content: Content,
    /// Where the next line stands, in points from the foot.
    y: f32,
}

impl Pen {
    fn put(&mut self, font: Name<'_>, size: f32, [red, green, blue]: [f32; 3], x: f32, bytes: &[u8]) {
        self.content.set_fill_rgb(red, green, blue);
        self.content.begin_text().set_font(font, size).next_line(x, self.y).show(Str(bytes)).end_text();
    }

    /// Text over the whole width.
    fn write(&mut self, font: Name<'_>, size: f32, colour: [f32; 3], text: &str) {
        for line in lines(text, size, PAGE.0 - 2.0 * MARGIN, MOST_LINES) {
            self.y -= size;
            self.put(font, size, colour, MARGIN, &line);
            self.y -= 5.0;
        }
    }

    fn rule(&mut self) {
        self.y -= 6.0;
        self.content.set_line_width(0.5).move_to(MARGIN, self.y).line_to(PAGE.0 - MARGIN, self.y).stroke();
        self.y -= 12.0;
    }

    /// A value with its label before it, and the English one below that.
    fn row(&mut self, indonesian: &str, english: &str, value: &str) {
        self.y -= 9.0;
        let top = self.y;
        self.put(BOLD, VALUE_SIZE, BLACK, MARGIN, &bytes(indonesian));
        for line in lines_of(value) {
            self.put(REGULAR, VALUE_SIZE, BLACK, VALUES, &line);
            self.y -= 12.0;
        }
        let foot = self.y;
        self.y = top - 10.0;
        self.put(REGULAR, 8.0, GREY, MARGIN, &bytes(english));
        self.y = foot.min(self.y) - 6.0;
    }
}

fn lines_of(value: &str) -> Vec<Vec<u8>> {
    lines(value, VALUE_SIZE, PAGE.0 - MARGIN - VALUES, MOST_LINES)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{aid::receipts::words::in_words, platform::rupiah::Rupiah};
    use chrono::Utc;
    use uuid::Uuid;

    fn receipt(text: &str, amount_in_words: &str) -> Receipt {
        Receipt {
            number: "KW-2026-00000017".to_owned(),
            code: "3N7Q-2K9D-XW4T-0HB6-M5RV-Z8CE-1J".to_owned(),
            valid: false,
            state: DisbursementState::Reversed,
            disbursement_id: Uuid::nil(),
            program_code: "BLT-DAERAH".to_owned(),
            program_name: text.to_owned(),
            agency_code: "dinsos".to_owned(),
            agency_name: text.to_owned(),
            period: text.to_owned(),
            amount_idr: Rupiah(300_000),
            amount_in_words: amount_in_words.to_owned(),
            paid_on: NaiveDate::default(),
            proof_reference: Some(text.to_owned()),
            beneficiary: Some(text.to_owned()),
            village_code: "35.26.01.2001".to_owned(),
            region: text.to_owned(),
            release_id: Uuid::nil(),
            release: text.to_owned(),
            decile: None,
            issued_at: Utc::now(),
        }
    }

    #[test]
    fn the_longest_texts_stay_on_the_page() {
        let long = "WWWWWWWWWW ".repeat(40);
        assert!(drawn(&receipt(&long, &long), &"https://x.example/".repeat(30)).y > MARGIN / 2.0);
    }

    #[test]
    fn the_words_of_the_greatest_payment_stand_whole() {
        let words = in_words(Rupiah(999_999_999_999));
        let lines: Vec<String> = lines_of(&words).into_iter().map(|line| String::from_utf8(line).unwrap()).collect();
        assert_eq!(lines.join(" "), words);
    }

    #[test]
    fn a_day_is_written_as_indonesian_writes_it() {
        assert_eq!(in_indonesian("2026-08-17".parse().unwrap()), "17 Agustus 2026");
    }
}
