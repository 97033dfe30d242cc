//! The index: what the marks of finished cells say, in one SQLite file, so that thousands are listed at once.
//!
//! It is only ever a cache. The marks are the truth: a row counts while its mark has the same time and size, and carries a
//! checksum of its own. An index that is damaged or of another form is removed and made again; one that another process
//! has locked, that may not be written, or that fails in any other way is done without.

use rusqlite::{Connection, ErrorCode, OpenFlags, params};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Its name in the store.
pub const FILE: &str = "index.sqlite";

/// The form of its table; another one is made again.
const FORM: i32 = 1;
/// How long another process that writes it is waited for.
const PATIENCE: Duration = Duration::from_millis(500);

/// When and how large a mark was when it was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// Nanoseconds since 1970.
    pub time: i64,
    pub size: i64,
}

/// The index of a store, open.
pub struct Index {
    path: PathBuf,
    connection: Connection,
}

/// What the index knows of a mark: its stamp, and what it says as JSON.
pub type Known = HashMap<String, (Stamp, String)>;

impl Index {
    /// Opens the index in the folder of a store, with what it knows; none where it cannot be had.
    pub fn open(root: &Path) -> Option<(Self, Known)> {
        let path = root.join(FILE);
        match Self::read(&path) {
            Ok(read) => Some(read),
            Err(Trouble::Spoilt) => {
                Self::discard(&path);
                Self::read(&path).ok()
            }
            Err(Trouble::Other) => None,
        }
    }

    fn read(path: &Path) -> Result<(Self, Known), Trouble> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags)?;
        connection.busy_timeout(PATIENCE)?;
        let form: i32 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
        let tables: i64 = connection.query_row("SELECT count(*) FROM sqlite_master", [], |row| row.get(0))?;
        if tables == 0 {
            // What a crash of the machine takes with it is made again.
            connection.execute_batch(&format!(
                "PRAGMA synchronous = OFF; BEGIN IMMEDIATE;
                 CREATE TABLE IF NOT EXISTS marks (
                   key TEXT PRIMARY KEY, time INTEGER NOT NULL, size INTEGER NOT NULL, says TEXT NOT NULL, sum INTEGER NOT NULL
                 ) WITHOUT ROWID;
                 PRAGMA user_version = {FORM}; COMMIT;"
            ))?;
        } else if form != FORM {
            return Err(Trouble::Spoilt);
        }
        let mut known = Known::new();
        {
            let mut select = connection.prepare("SELECT key, time, size, says, sum FROM marks")?;
            let mut rows = select.query([])?;
            while let Some(row) = rows.next()? {
                let (key, says): (String, String) = (row.get(0)?, row.get(3)?);
                let stamp = Stamp { time: row.get(1)?, size: row.get(2)? };
                if row.get::<_, i64>(4)? != sum(&key, stamp, &says) {
                    return Err(Trouble::Spoilt);
                }
                known.insert(key, (stamp, says));
            }
        }
        Ok((Self { path: path.to_path_buf(), connection }, known))
    }

    /// Brings the index up to date; what cannot be written is left for another time.
    pub fn update(mut self, new: &[(String, Stamp, String)], gone: &[String]) {
        if !new.is_empty() || !gone.is_empty() {
            match self.write(new, gone) {
                Err(Trouble::Spoilt) => Self::discard(&self.path),
                Ok(()) | Err(Trouble::Other) => {}
            }
        }
    }

    fn write(&mut self, new: &[(String, Stamp, String)], gone: &[String]) -> Result<(), Trouble> {
        self.connection.execute_batch("PRAGMA synchronous = OFF")?;
        let transaction = self.connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
        {
            let mut insert = transaction.prepare("INSERT OR REPLACE INTO marks VALUES (?1, ?2, ?3, ?4, ?5)")?;
            for (key, stamp, says) in new {
                insert.execute(params![key, stamp.time, stamp.size, says, sum(key, *stamp, says)])?;
            }
            let mut delete = transaction.prepare("DELETE FROM marks WHERE key = ?1")?;
            for key in gone {
                delete.execute([key])?;
            }
        }
        Ok(transaction.commit()?)
    }

    fn discard(path: &Path) {
        for more in ["", "-journal", "-wal", "-shm"] {
            let mut name = path.as_os_str().to_owned();
            name.push(more);
            // Where it cannot be removed it is done without.
            let _ = std::fs::remove_file(name);
        }
    }
}

/// What ails an index.
enum Trouble {
    /// It does not hold what it should, and is to be made again.
    Spoilt,
    /// Everything else: it is locked, may not be written, or the disk fails.
    Other,
}

impl From<rusqlite::Error> for Trouble {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(
                ErrorCode::DatabaseBusy
                | ErrorCode::DatabaseLocked
                | ErrorCode::ReadOnly
                | ErrorCode::CannotOpen
                | ErrorCode::DiskFull
                | ErrorCode::SystemIoFailure
                | ErrorCode::FileLockingProtocolFailed
                | ErrorCode::PermissionDenied
                | ErrorCode::OutOfMemory,
            ) => Self::Other,
            // What is no database, lacks the table, or has values of other types.
            _ => Self::Spoilt,
        }
    }
}

/// Of a row, since SQLite has no checksums of its own.
fn sum(key: &str, stamp: Stamp, says: &str) -> i64 {
    let mut hash = blake3::Hasher::new();
    hash.update(key.as_bytes());
    hash.update(&stamp.time.to_le_bytes());
    hash.update(&stamp.size.to_le_bytes());
    hash.update(says.as_bytes());
    let mut bytes = [0; 8];
    bytes.copy_from_slice(&hash.finalize().as_bytes()[..8]);
    i64::from_le_bytes(bytes)
}
