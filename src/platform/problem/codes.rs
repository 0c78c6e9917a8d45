//! The kinds of refusal that belong to no feature.

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $status:literal $code:literal, $indonesian:literal, $english:literal;)*) => {
        $($(#[$doc])* pub const $name: $crate::platform::problem::Code = $crate::platform::problem::Code {
            status: $status, code: $code, indonesian: $indonesian, english: $english,
        };)*
        /// All that stand here, for the page that explains them.
        pub const PROBLEMS: &[&$crate::platform::problem::Code] = &[$(&$name),*];
    };
}
pub(crate) use codes;

codes! {
    /// Something that is not JSON, or not the form that the route takes.
    MALFORMED = 400 "malformed-request", "Permintaan tidak dapat dibaca.", "The request can't be read.";
    /// No token, or one that does not hold.
    UNAUTHENTICATED = 401 "unauthenticated", "Token tidak ada atau tidak berlaku.", "The token is missing or not valid.";
    /// Name and password, or client and secret, that do not fit.
    WRONG_CREDENTIALS = 401 "wrong-credentials", "Nama pengguna atau kata sandi salah.", "The user name or password is wrong.";
    /// The role may not do this.
    FORBIDDEN = 403 "forbidden", "Peran Anda tidak berwenang untuk ini.", "Your role is not allowed to do this.";
    /// Not there, or not the caller's to know of.
    NOT_FOUND = 404 "not-found", "Tidak ditemukan.", "Not found.";
    /// The route exists, but not for this method.
    METHOD_NOT_ALLOWED = 405 "method-not-allowed", "Metode tidak tersedia di alamat ini.", "This address does not take this method.";
    /// The same key is being answered right now.
    STILL_RUNNING = 409 "request-still-running", "Permintaan dengan kunci yang sama masih diproses.", "A request with the same key is still being answered.";
    /// `If-Match` names a version that has passed.
    STALE = 412 "stale-version", "Data telah berubah sejak Anda membacanya.", "The data has changed since you read it.";
    /// More than the route takes.
    TOO_LARGE = 413 "too-large", "Permintaan terlalu besar.", "The request is too large.";
    /// A content type that the route does not take.
    UNSUPPORTED_MEDIA = 415 "unsupported-media-type", "Jenis isi tidak didukung.", "This content type is not supported.";
    /// Fields that are wrong, each named.
    INVALID = 422 "invalid-fields", "Ada isian yang tidak sah.", "Some fields are not valid.";
    /// The same key came before with another body.
    KEY_REUSED = 422 "idempotency-key-reused", "Kunci Idempotency-Key sudah dipakai untuk isi yang lain.", "The Idempotency-Key was used before with another body.";
    /// A request that makes money must say which one it is.
    KEY_REQUIRED = 422 "idempotency-key-required", "Tajuk Idempotency-Key wajib ada.", "The Idempotency-Key header is required.";
    /// A purpose must be named.
    PURPOSE_REQUIRED = 422 "purpose-required", "Tujuan (program milik perangkat daerah Anda) wajib disebut.", "A purpose (a programme of your own agency) must be named.";
    /// More rows than a list may have.
    TOO_MANY_ROWS = 422 "too-many-rows", "Paling banyak 10.000 baris dalam satu permintaan.", "10,000 rows at most in one request.";
    /// What tells something whether or not one says that it is a trial, and changes nothing.
    NO_TRIAL = 422 "no-trial", "Permintaan ini tidak mengubah apa pun, jadi tidak dapat dicoba dengan dry_run.", "This request changes nothing, so it can't be tried with dry_run.";
    /// `If-Match` is missing.
    VERSION_REQUIRED = 428 "version-required", "Tajuk If-Match wajib ada.", "The If-Match header is required.";
    /// A fault of ours.
    INTERNAL = 500 "internal-error", "Terjadi kesalahan di pihak kami.", "Something failed on our side.";
    /// A job whose process ended before it, again and again.
    JOB_GIVEN_UP = 500 "job-given-up", "Pekerjaan dihentikan: prosesnya berakhir sebelum selesai, berkali-kali.", "The job was given up: its process ended before it was done, again and again.";
    /// Locks or connections were not to be had; trying again may help.
    BUSY = 503 "busy", "Layanan sedang sibuk, coba lagi.", "The service is busy, try again.";
    /// No release is active yet, so nothing can be decided.
    NO_ACTIVE_RELEASE = 409 "no-active-release", "Belum ada rilis DTSEN yang aktif.", "No DTSEN release is active yet.";
    /// The person who asked, or prepared it, can't be the one who agrees.
    SAME_PERSON = 403 "needs-another-person", "Persetujuan harus dari orang lain.", "Somebody else must approve this.";
    /// Somebody has already asked.
    APPROVAL_OPEN = 409 "approval-already-open", "Persetujuan untuk hal ini sudah diminta.", "An approval of this has already been asked for.";
    /// The person has already decided.
    ALREADY_DECIDED = 409 "already-decided", "Anda sudah memberi keputusan.", "You have already decided.";
}
