//! The kinds of refusal that belong to no feature.

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $status:literal $code:literal, $indonesian:literal, $english:literal,
        because $cause_id:literal / $cause_en:literal,
        mend $remedy_id:literal / $remedy_en:literal;)*) => {
        $($(#[$doc])* pub const $name: $crate::platform::problem::Code = $crate::platform::problem::Code {
            status: $status, code: $code, indonesian: $indonesian, english: $english,
            cause: $crate::platform::problem::Words { indonesian: $cause_id, english: $cause_en },
            remedy: $crate::platform::problem::Words { indonesian: $remedy_id, english: $remedy_en },
        };)*
        /// All that stand here, for the page that explains them.
        pub const PROBLEMS: &[&$crate::platform::problem::Code] = &[$(&$name),*];
    };
}
pub(crate) use codes;

codes! {
    /// Something that is not JSON, or not the form that the route takes.
    MALFORMED = 400 "malformed-request", "Permintaan tidak dapat dibaca.", "The request can't be read.",
        because "Isi bukan JSON yang sah, atau sebuah tajuk rusak, ganda, atau bukan bentuk yang diterima alamat ini." / "The body is no valid JSON, or a header is broken, stands twice or has a form that this address does not take.",
        mend "Betulkan permintaan menurut OpenAPI (/docs); jangan ulangi begitu saja." / "Mend the request after the OpenAPI document (/docs); don't just repeat it.";
    /// No token, or one that does not hold.
    UNAUTHENTICATED = 401 "unauthenticated", "Token tidak ada atau tidak berlaku.", "The token is missing or not valid.",
        because "Tajuk Authorization tidak ada atau ganda, atau tokennya habis, rusak, atau bukan dari layanan ini." / "The Authorization header is missing or stands twice, or its token has ended, is broken or is not of this service.",
        mend "Minta token baru (POST /v1/auth/login atau /oauth2/token) dan kirim sebagai Bearer." / "Ask for a new token (POST /v1/auth/login or /oauth2/token) and send it as Bearer.";
    /// Name and password, or client and secret, that do not fit.
    WRONG_CREDENTIALS = 401 "wrong-credentials", "Nama pengguna atau kata sandi salah.", "The user name or password is wrong.",
        because "Nama atau sandinya tidak cocok, atau akunnya tidak ada atau ditutup." / "Name and password don't fit, or there is no such account, or it was closed.",
        mend "Periksa ejaan; bila lupa, minta Diskominfo. Setelah beberapa kali gagal, akun ditutup sementara." / "Check the spelling; if it is forgotten ask Diskominfo. After some failures the account is shut for a while.";
    /// The role may not do this.
    FORBIDDEN = 403 "forbidden", "Peran Anda tidak berwenang untuk ini.", "Your role is not allowed to do this.",
        because "Operasi ini bukan wewenang peran pada token Anda, atau hanya untuk orang dan bukan sistem." / "The operation is not within your token's role, or is for people and not for systems.",
        mend "Lihat wewenang Anda di GET /v1/me; mintalah orang yang berperan tepat." / "See what you may do at GET /v1/me; ask somebody who has the role.";
    /// Not there, or not the caller's to know of.
    NOT_FOUND = 404 "not-found", "Tidak ditemukan.", "Not found.",
        because "Alamat atau id tidak ada, atau bukan hak Anda untuk mengetahuinya (perangkat daerah atau wilayah lain)." / "The address or id is not there, or is not yours to know of (another agency or area).",
        mend "Periksa alamat dan id; periksa perangkat daerah dan wilayah token di GET /v1/me." / "Check address and id; check your token's agency and areas at GET /v1/me.";
    /// The route exists, but not for this method.
    METHOD_NOT_ALLOWED = 405 "method-not-allowed", "Metode tidak tersedia di alamat ini.", "This address does not take this method.",
        because "Alamat ini ada, tetapi tidak untuk metode HTTP itu." / "The address is there, but not for that HTTP method.",
        mend "Pakai salah satu metode dalam tajuk Allow." / "Use one of the methods in the Allow header.";
    /// The same key is being answered right now.
    STILL_RUNNING = 409 "request-still-running", "Permintaan dengan kunci yang sama masih diproses.", "A request with the same key is still being answered.",
        because "Permintaan pertama dengan Idempotency-Key yang sama belum selesai." / "The first request with the same Idempotency-Key has not ended yet.",
        mend "Tunggu sebentar, lalu ulangi permintaan yang sama dengan kunci yang sama." / "Wait a little, then repeat the same request with the same key.";
    /// `If-Match` names a version that has passed.
    STALE = 412 "stale-version", "Data telah berubah sejak Anda membacanya.", "The data has changed since you read it.",
        because "If-Match menyebut versi yang sudah diganti orang lain, atau ETag lemah." / "If-Match names a version that somebody has changed since, or a weak ETag.",
        mend "Baca lagi, putuskan lagi, lalu kirim dengan ETag yang baru." / "Read it again, decide again, then send it with the new ETag.";
    /// More than the route takes.
    TOO_LARGE = 413 "too-large", "Permintaan terlalu besar.", "The request is too large.",
        because "Isi atau berkas melebihi batas alamat ini." / "The body or file is beyond what this address takes.",
        mend "Bagi menjadi beberapa permintaan; batasnya ada di panduan integrasi." / "Split it into several requests; the limits stand in the integration guide.";
    /// A content type that the route does not take.
    UNSUPPORTED_MEDIA = 415 "unsupported-media-type", "Jenis isi tidak didukung.", "This content type is not supported.",
        because "Content-Type tidak ada atau bukan yang diterima alamat ini." / "Content-Type is missing or is none that this address takes.",
        mend "Kirim application/json, atau jenis lain yang disebut OpenAPI untuk alamat ini." / "Send application/json, or another type that the OpenAPI document names for this address.";
    /// Fields that are wrong, each named.
    INVALID = 422 "invalid-fields", "Ada isian yang tidak sah.", "Some fields are not valid.",
        because "Satu atau beberapa isian atau parameter kosong, berbentuk salah, di luar batas, atau tidak dikenal." / "One or more fields or parameters are missing, of the wrong form, out of bounds or not known.",
        mend "Betulkan semua yang disebut dalam errors: pointer menunjuk isian atau nama parameter." / "Mend all that errors names: pointer leads to the field, or is the parameter's name.";
    /// The same key came before with another body.
    KEY_REUSED = 422 "idempotency-key-reused", "Kunci Idempotency-Key sudah dipakai untuk isi yang lain.", "The Idempotency-Key was used before with another body.",
        because "Kunci ini sudah dipakai untuk permintaan dengan isi lain, atau dengan token yang wilayahnya lain." / "This key was used for a request with another body, or with a token of other areas.",
        mend "Untuk mengulang, kirim isi yang sama persis dengan token berwilayah sama; kunci baru hanya untuk permintaan lain." / "To repeat send the very same body with a token of the same areas; a new key is for another request only.";
    /// A request that makes money must say which one it is.
    KEY_REQUIRED = 422 "idempotency-key-required", "Tajuk Idempotency-Key wajib ada.", "The Idempotency-Key header is required.",
        because "Permintaan yang mencatat uang datang tanpa Idempotency-Key, atau kuncinya kosong atau terlalu panjang." / "A request that records money came without an Idempotency-Key, or with one that is empty or too long.",
        mend "Kirim tajuk Idempotency-Key, 1 sampai 255 huruf, unik untuk setiap permintaan." / "Send the Idempotency-Key header, 1 to 255 characters, one for each request.";
    /// A purpose must be named.
    PURPOSE_REQUIRED = 422 "purpose-required", "Tujuan (program milik perangkat daerah Anda) wajib disebut.", "A purpose (a programme of your own agency) must be named.",
        because "Data pribadi diminta tanpa menyebut untuk program apa." / "Personal data was asked for without naming the programme that it is for.",
        mend "Sebutkan kode program milik perangkat daerah Anda sebagai tujuan." / "Name the code of a programme of your own agency as purpose.";
    /// More rows than a list may have.
    TOO_MANY_ROWS = 422 "too-many-rows", "Terlalu banyak baris dalam satu permintaan.", "Too many rows in one request.",
        because "Satu permintaan memuat lebih banyak baris daripada batasnya." / "One request has more rows than it may.",
        mend "Bagi menjadi beberapa permintaan." / "Split it into several requests.";
    /// What tells something whether or not one says that it is a trial, and changes nothing.
    NO_TRIAL = 422 "no-trial", "Permintaan ini tidak mengubah apa pun, jadi tidak dapat dicoba dengan dry_run.", "This request changes nothing, so it can't be tried with dry_run.",
        because "Pencarian memberi tahu sesuatu dan dihitung, juga sebagai percobaan." / "A lookup tells something and is counted, as a trial too.",
        mend "Hilangkan dry_run." / "Leave dry_run out.";
    /// `If-Match` is missing.
    VERSION_REQUIRED = 428 "version-required", "Tajuk If-Match wajib ada.", "The If-Match header is required.",
        because "Perubahan datang tanpa If-Match, atau dengan *." / "A change came without If-Match, or with *.",
        mend "Baca dahulu, lalu kirim ETag-nya sebagai If-Match, beserta tanda petiknya." / "Read it first, then send its ETag as If-Match, with its quotation marks.";
    /// A fault of ours.
    INTERNAL = 500 "internal-error", "Terjadi kesalahan di pihak kami.", "Something failed on our side.",
        because "Kesalahan atau kerusakan pada layanan ini, bukan pada permintaan Anda." / "A fault or failure of this service, not of your request.",
        mend "Ulangi nanti; bila tetap terjadi, sampaikan X-Request-Id kepada Diskominfo." / "Try again later; if it stays tell Diskominfo the X-Request-Id.";
    /// A job whose process ended before it, again and again.
    JOB_GIVEN_UP = 500 "job-given-up", "Pekerjaan dihentikan: prosesnya berakhir sebelum selesai, berkali-kali.", "The job was given up: its process ended before it was done, again and again.",
        because "Proses yang menjalankan pekerjaan ini berakhir sebelum selesai, lima kali." / "The process that ran this job ended before it was done, five times.",
        mend "Sampaikan job_id kepada Diskominfo; sesudah penyebabnya diperbaiki, minta pekerjaannya lagi." / "Tell Diskominfo the job_id; once the cause is mended ask for the work again.";
    /// Locks or connections were not to be had; trying again may help.
    BUSY = 503 "busy", "Layanan sedang sibuk, coba lagi.", "The service is busy, try again.",
        because "Koneksi atau kunci basis data tidak didapat tepat waktu, atau terlalu banyak percobaan masuk akun ini sedang berjalan." / "A connection or lock of the database was not to be had in time, or too many logins of this account are under way.",
        mend "Ulangi setelah Retry-After, untuk uang dengan Idempotency-Key yang sama." / "Try again after Retry-After, with the same Idempotency-Key where it is about money.";
    /// No release is active yet, so nothing can be decided.
    NO_ACTIVE_RELEASE = 409 "no-active-release", "Belum ada rilis DTSEN yang aktif.", "No DTSEN release is active yet.",
        because "Belum ada rilis DTSEN yang diaktifkan, sehingga tidak ada yang dapat diputuskan." / "No DTSEN release was activated yet, so nothing can be decided.",
        mend "Petugas registri memuat rilis dan petugas lain mengaktifkannya." / "A registry steward loads a release, and another one activates it.";
    /// The person who asked, or prepared it, can't be the one who agrees.
    SAME_PERSON = 403 "needs-another-person", "Persetujuan harus dari orang lain.", "Somebody else must approve this.",
        because "Anda sendiri yang meminta atau menyiapkan hal ini; login kedua dari orang yang sama dihitung orang yang sama." / "You asked for this or prepared it yourself; another login of the same person is the same person.",
        mend "Mintalah orang lain dengan peran yang diperlukan untuk memutuskan." / "Ask another person with the role that is needed to decide.";
    /// A later request asks fewer than one before.
    QUORUM_LOWERED = 409 "quorum-lowered", "Permintaan sebelumnya meminta persetujuan lebih banyak orang.", "An earlier request asked more persons to agree.",
        because "Permintaan yang ditarik atau ditolak tidak dapat diulang dengan lebih sedikit penyetuju." / "What was taken back or refused is not asked of fewer approvers the next time.",
        mend "Mintalah sedikitnya sebanyak needed." / "Ask at least as many as needed says.";
    /// Somebody has already asked.
    APPROVAL_OPEN = 409 "approval-already-open", "Persetujuan untuk hal ini sudah diminta.", "An approval of this has already been asked for.",
        because "Untuk hal yang sama sudah ada permintaan yang menunggu keputusan." / "A request for the same thing waits for its decision already.",
        mend "Lihat GET /v1/approvals; tunggu keputusannya, atau minta pemohonnya menariknya." / "See GET /v1/approvals; wait for its decision, or let who asked take it back.";
    /// The person has already decided.
    ALREADY_DECIDED = 409 "already-decided", "Anda sudah memberi keputusan.", "You have already decided.",
        because "Anda sudah memutuskan permintaan ini; setiap orang memutuskan satu kali." / "You have decided on this request already; each person decides once.",
        mend "Tidak perlu apa-apa; keputusan lain harus dari orang lain." / "Nothing needs to be done; a further decision is another person's.";
}
