//! Leases: one process at a time trains a segment, wherever the folder is mounted.
//!
//! A lease is a file that is linked into place, which succeeds for one process only. It names its holder: host, boot,
//! process, and a nonce of its own. While the holder lives it counts in a second file. A lease is taken over where the
//! same boot of the same host no longer has the process, or where the count has not moved for [`SILENCE`] of the
//! watcher's own clock: clocks of two hosts are never compared, and the numbers of processes mean nothing on another
//! host. A holder looks whether the lease is still its own before it appends, renames or removes anything, so that one
//! that was frozen and wakes writes nothing any more.

use super::{StoreError, absent, read, remove};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// How often a holder counts.
const BEAT: Duration = Duration::from_secs(5);
/// A holder that has not counted for so long is taken for dead.
const SILENCE: Duration = Duration::from_mins(1);

/// Who holds a lease.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    pub host: String,
    /// Which start of the host.
    pub boot: String,
    pub process: u32,
    /// When the process began, in ticks since the boot, since numbers of processes are used again.
    pub began: u64,
    pub nonce: String,
}

/// What came of asking for a lease.
pub enum Taken {
    Lease(Lease),
    /// Another process holds it.
    By(Holder),
}

/// Who holds a lease, as far as one look tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Held {
    Nobody,
    By(Holder),
    /// By a process that is no more; whoever wants the lease takes it over.
    Gone(Holder),
}

/// A holder on another host that has not counted for so long is taken for gone at one look. It is long, since the clocks
/// of two hosts may differ.
const QUIET: Duration = Duration::from_hours(1);

/// Looks at the lease on a folder; nothing is written.
///
/// # Errors
/// If it cannot be read.
pub fn held(folder: &Path) -> Result<Held, StoreError> {
    let path = folder.join("LEASE");
    let Some(holder) = holder_in(&path)? else { return Ok(Held::Nobody) };
    if holder.nonce.is_empty() {
        return Ok(Held::Gone(holder));
    }
    let lives = if holder.host == host() && holder.boot == boot() {
        began(holder.process) == Some(holder.began)
    } else {
        let beat = path.with_file_name(format!("LEASE.{}", holder.nonce));
        let counted = fs::metadata(&beat).or_else(|_| fs::metadata(&path)).and_then(|data| data.modified());
        counted.is_ok_and(|at| at.elapsed().is_ok_and(|since| since < QUIET) || at.elapsed().is_err())
    };
    Ok(if lives { Held::By(holder) } else { Held::Gone(holder) })
}

/// Who stands in a lease, if somebody does.
fn holder_in(path: &Path) -> Result<Option<Holder>, StoreError> {
    let Some(text) = read(path)? else { return Ok(None) };
    // What cannot be read is nobody's; it is taken over like that of a process that is gone.
    let nobody = Holder { host: String::new(), boot: String::new(), process: 0, began: 0, nonce: String::new() };
    Ok(Some(serde_json::from_str(&text).unwrap_or(nobody)))
}

/// A lease that this process holds.
pub struct Lease {
    path: PathBuf,
    nonce: String,
    held: Arc<Mutex<Vec<PathBuf>>>,
}

/// The leases of this process, with the thread that counts for them.
pub struct Leases {
    host: String,
    boot: String,
    began: u64,
    next: AtomicU64,
    salt: u64,
    held: Arc<Mutex<Vec<PathBuf>>>,
    /// What was last seen of leases of others, and since when.
    seen: Mutex<HashMap<PathBuf, (String, String, Instant)>>,
    silence: Duration,
    ended: Arc<AtomicBool>,
    counting: Option<JoinHandle<()>>,
}

impl Default for Leases {
    fn default() -> Self {
        Self::new(BEAT, SILENCE)
    }
}

impl Leases {
    /// Leases that count every `beat`, and take over what was silent for `silence`.
    #[must_use]
    pub fn new(beat: Duration, silence: Duration) -> Self {
        let held = Arc::new(Mutex::new(Vec::<PathBuf>::new()));
        let ended = Arc::new(AtomicBool::new(false));
        let counting = {
            let (held, ended) = (Arc::clone(&held), Arc::clone(&ended));
            std::thread::spawn(move || {
                let mut count = 0_u64;
                let mut last = Instant::now();
                while !ended.load(Ordering::Relaxed) {
                    std::thread::park_timeout(Duration::from_millis(200).min(beat));
                    if last.elapsed() < beat {
                        continue;
                    }
                    (last, count) = (Instant::now(), count + 1);
                    for path in held.lock().unwrap_or_else(PoisonError::into_inner).iter() {
                        // A count that cannot be written is one that is missed; the lease may then be taken over.
                        let _ = fs::write(path, count.to_string());
                    }
                }
            })
        };
        let salt =
            std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |at| at.as_nanos() as u64);
        Self {
            host: host(),
            boot: boot(),
            began: began(std::process::id()).unwrap_or(0),
            next: AtomicU64::new(0),
            salt,
            held,
            seen: Mutex::new(HashMap::new()),
            silence,
            ended,
            counting: Some(counting),
        }
    }

    /// Asks for the lease on a folder.
    ///
    /// # Errors
    /// If the folder cannot be written.
    pub fn take(&self, folder: &Path) -> Result<Taken, StoreError> {
        let path = folder.join("LEASE");
        if let Some(holder) = holder_in(&path)? {
            if self.lives(&path, &holder) {
                return Ok(Taken::By(holder));
            }
            self.take_away(&path, &holder)?;
        }
        let process = std::process::id();
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let key = format!("{} {} {process} {} {number} {}", self.host, self.boot, self.began, self.salt);
        let nonce = blake3::hash(key.as_bytes()).to_hex()[..12].to_string();
        let holder = Holder {
            host: self.host.clone(),
            boot: self.boot.clone(),
            process,
            began: self.began,
            nonce: nonce.clone(),
        };
        let beat = folder.join(format!("LEASE.{nonce}"));
        let text = serde_json::to_string(&holder).unwrap_or_default();
        // The file that counts is also the one that is linked: a lease is whole from its first instant.
        fs::write(&beat, &text).map_err(StoreError::io(&beat, "cannot write"))?;
        let linked = fs::hard_link(&beat, &path).or_else(|error| match error.kind() {
            // A file system without links; a file that must be new does as well there, but for a kill between its name and
            // its text, after which it names nobody and is taken over.
            ErrorKind::Unsupported | ErrorKind::PermissionDenied => File::create_new(&path)?.write_all(text.as_bytes()),
            _ => Err(error),
        });
        let own = match linked {
            Ok(()) => true,
            // The answer of a network file system may be lost on the way; what stands there is what counts.
            Err(_) => holder_in(&path)?.is_some_and(|holder| holder.nonce == nonce),
        };
        // From here on it counts in a file of its own.
        remove(&beat)?;
        if !own {
            return match holder_in(&path)? {
                Some(other) => Ok(Taken::By(other)),
                None => {
                    let error = linked.err().unwrap_or_else(|| ErrorKind::AlreadyExists.into());
                    Err(StoreError::io(&path, "cannot link")(error))
                }
            };
        }
        fs::write(&beat, "0").map_err(StoreError::io(&beat, "cannot write"))?;
        self.held.lock().unwrap_or_else(PoisonError::into_inner).push(beat);
        Ok(Taken::Lease(Lease { path, nonce, held: Arc::clone(&self.held) }))
    }

    /// Whether the holder of a lease gives signs of life.
    fn lives(&self, path: &Path, holder: &Holder) -> bool {
        if holder.nonce.is_empty() {
            return false;
        }
        let here = holder.host == self.host && holder.boot == self.boot;
        if here && began(holder.process) != Some(holder.began) {
            return false;
        }
        let count = fs::read_to_string(path.with_file_name(format!("LEASE.{}", holder.nonce))).unwrap_or_default();
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        let fresh = || (holder.nonce.clone(), count.clone(), now);
        let known = seen.entry(path.to_path_buf()).or_insert_with(fresh);
        if (&known.0, &known.1) != (&holder.nonce, &count) {
            *known = fresh();
        }
        known.2.elapsed() < self.silence
    }

    /// Takes the lease on a folder away from a holder that is gone; a holder that came meanwhile keeps it.
    ///
    /// # Errors
    /// If the folder cannot be written.
    pub fn clear(&self, folder: &Path, gone: &Holder) -> Result<(), StoreError> {
        self.take_away(&folder.join("LEASE"), gone)
    }

    /// Takes the lease away from a holder that is gone.
    fn take_away(&self, path: &Path, holder: &Holder) -> Result<(), StoreError> {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let aside = path.with_file_name(format!("LEASE.gone.{}.{number}", std::process::id()));
        match fs::rename(path, &aside) {
            Ok(()) => {}
            Err(error) if absent(&error) => return Ok(()),
            Err(error) => return Err(StoreError::io(path, "cannot take over")(error)),
        }
        // Another watcher may have been quicker, and its lease is what was moved: it goes back, unless somebody holds one.
        if holder_in(&aside)?.is_some_and(|moved| moved.nonce != holder.nonce) {
            let _ = fs::hard_link(&aside, path);
        }
        remove(&aside)?;
        remove(&path.with_file_name(format!("LEASE.{}", holder.nonce)))
    }
}

impl Drop for Leases {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Relaxed);
        if let Some(counting) = self.counting.take() {
            counting.thread().unpark();
            let _ = counting.join();
        }
    }
}

impl Lease {
    /// What tells this lease from every other.
    #[must_use]
    pub fn nonce(&self) -> &str {
        &self.nonce
    }

    /// That it is still held.
    ///
    /// # Errors
    /// If another process took it over.
    pub fn hold(&self) -> Result<(), StoreError> {
        let own = read(&self.path)?.is_some_and(|text| text.contains(&self.nonce));
        if own { Ok(()) } else { Err(StoreError::Lost { path: self.path.clone() }) }
    }

    fn beat(&self) -> PathBuf {
        self.path.with_file_name(format!("LEASE.{}", self.nonce))
    }

    /// Lets go of it.
    pub fn release(self) {}
}

impl Drop for Lease {
    fn drop(&mut self) {
        let beat = self.beat();
        self.held.lock().unwrap_or_else(PoisonError::into_inner).retain(|path| *path != beat);
        if self.hold().is_ok() {
            let _ = fs::remove_file(&self.path);
        }
        let _ = fs::remove_file(beat);
    }
}

#[cfg(target_os = "linux")]
fn host() -> String {
    fs::read_to_string("/proc/sys/kernel/hostname").map(|name| name.trim().to_string()).unwrap_or_default()
}

#[cfg(target_os = "linux")]
fn boot() -> String {
    fs::read_to_string("/proc/sys/kernel/random/boot_id").map(|id| id.trim().to_string()).unwrap_or_default()
}

/// When a process of this boot began, in ticks; none where there is none.
#[cfg(target_os = "linux")]
fn began(process: u32) -> Option<u64> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // The name in parentheses may hold anything; what follows is counted from field 3, and the start is field 22.
    let (_, rest) = stat.rsplit_once(')')?;
    let mut fields = rest.split_whitespace();
    // A process that ended but was not waited for is gone.
    let state = fields.next()?;
    (!matches!(state, "Z" | "X")).then(|| fields.nth(18)?.parse().ok())?
}

/// Where processes cannot be looked up, every start of this program is a boot of its own, and only the count tells.
#[cfg(not(target_os = "linux"))]
fn host() -> String {
    std::env::var("HOSTNAME").or_else(|_| std::env::var("COMPUTERNAME")).unwrap_or_default()
}

#[cfg(not(target_os = "linux"))]
fn boot() -> String {
    std::process::id().to_string()
}

#[cfg(not(target_os = "linux"))]
fn began(_: u32) -> Option<u64> {
    Some(0)
}
