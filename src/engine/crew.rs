//! Threads that help each other: whoever has work in parts offers them, whoever is idle takes some.
//!
//! What a part computes must not depend on who computes it, so that results have the same bits however many help.

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

/// How often an idle thread looks for work before it sleeps: some tens of microseconds, which is about what waking costs.
const LOOKS: usize = 4000;
/// How long an idle thread sleeps before it asks again whether it is still needed.
const NAP: Duration = Duration::from_millis(20);

/// Threads that help each other.
pub struct Crew {
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
}

#[derive(Default)]
struct Shared {
    offers: Mutex<Vec<Arc<Offer>>>,
    wake: Condvar,
    /// Threads that wait for work, asleep or not.
    idle: AtomicUsize,
    /// Raised with every offer, so that who looks for work need not lock.
    offered: AtomicUsize,
    closing: AtomicBool,
}

/// Work in parts.
struct Offer {
    /// What does a part. It outlives every part, since who offers waits for all of them.
    part: *const (dyn Fn(usize) + Sync),
    parts: usize,
    next: AtomicUsize,
    /// Parts that are not done.
    left: AtomicUsize,
    failed: AtomicBool,
}

// SAFETY: `part` may be called from any thread, and is only called before `left` reaches zero, until when who offered it
// waits.
unsafe impl Send for Offer {}
// SAFETY: as above; all else is atomic.
unsafe impl Sync for Offer {}

impl Offer {
    /// Does parts until none is left to take.
    fn work(&self) {
        loop {
            let place = self.next.fetch_add(1, Ordering::Relaxed);
            if place >= self.parts {
                return;
            }
            let done = Done(self);
            // SAFETY: this part is not done, so who offered it still waits, and what it borrows is there.
            unsafe { (*self.part)(place) };
            drop(done);
        }
    }
}

/// Counts a part as done, even one that panics.
struct Done<'a>(&'a Offer);

impl Drop for Done<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.failed.store(true, Ordering::Relaxed);
        }
        self.0.left.fetch_sub(1, Ordering::Release);
    }
}

impl Crew {
    /// A crew of so many threads, the caller's among them.
    #[must_use]
    pub fn new(threads: usize) -> Self {
        let shared = Arc::new(Shared::default());
        let threads = (1..threads).map(|_| {
            let shared = shared.clone();
            std::thread::spawn(move || shared.help(&|| shared.closing.load(Ordering::Relaxed)))
        });
        Self { threads: threads.collect(), shared }
    }

    /// Helps others until `enough` says so, which is asked now and then.
    pub fn help(&self, enough: &dyn Fn() -> bool) {
        self.shared.help(enough);
    }

    /// Calls `part` for every number below `parts`, each once, in any order, on this thread and on those that are idle.
    ///
    /// # Panics
    /// If a part does.
    pub fn each(&self, parts: usize, part: &(dyn Fn(usize) + Sync)) {
        if parts < 2 || self.shared.idle.load(Ordering::Relaxed) == 0 {
            (0..parts).for_each(part);
            return;
        }
        // SAFETY: only the lifetime changes; the offer is not used after this function, which waits for every part.
        let part: *const (dyn Fn(usize) + Sync) = unsafe { std::mem::transmute(part) };
        let (next, left) = (AtomicUsize::new(0), AtomicUsize::new(parts));
        let offer = Arc::new(Offer { part, parts, next, left, failed: AtomicBool::new(false) });
        let withdraw = Withdraw { shared: &self.shared, offer: &offer };
        {
            // Raised under the lock, so that no thread falls asleep between looking and waiting.
            let mut offers = self.shared.offers();
            offers.push(offer.clone());
            self.shared.offered.fetch_add(1, Ordering::Release);
        }
        self.shared.wake.notify_all();
        offer.work();
        drop(withdraw);
        assert!(!offer.failed.load(Ordering::Relaxed), "a part of the work panicked on another thread");
    }
}

/// Takes an offer back and waits for the parts that others do, even when this thread's own part panics.
struct Withdraw<'a> {
    shared: &'a Shared,
    offer: &'a Arc<Offer>,
}

impl Drop for Withdraw<'_> {
    fn drop(&mut self) {
        // What nobody took will not be done by anybody.
        let untaken = self.offer.parts.saturating_sub(self.offer.next.swap(self.offer.parts, Ordering::Relaxed));
        self.offer.left.fetch_sub(untaken, Ordering::Relaxed);
        self.shared.offers().retain(|offer| !Arc::ptr_eq(offer, self.offer));
        let mut looks = 0;
        while self.offer.left.load(Ordering::Acquire) > 0 {
            looks += 1;
            if looks < LOOKS { std::hint::spin_loop() } else { std::thread::yield_now() }
        }
    }
}

impl Shared {
    fn offers(&self) -> MutexGuard<'_, Vec<Arc<Offer>>> {
        self.offers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn help(&self, enough: &dyn Fn() -> bool) {
        self.idle.fetch_add(1, Ordering::Relaxed);
        while !enough() {
            let seen = self.offered.load(Ordering::Acquire);
            let open = |offer: &&Arc<Offer>| offer.next.load(Ordering::Relaxed) < offer.parts;
            let offer = self.offers().iter().find(open).cloned();
            match offer {
                Some(offer) => {
                    self.idle.fetch_sub(1, Ordering::Relaxed);
                    offer.work();
                    self.idle.fetch_add(1, Ordering::Relaxed);
                }
                None => self.wait(seen),
            }
        }
        self.idle.fetch_sub(1, Ordering::Relaxed);
    }

    /// Waits for another offer than the first `seen`.
    fn wait(&self, seen: usize) {
        for _ in 0..LOOKS {
            if self.offered.load(Ordering::Relaxed) != seen {
                return;
            }
            std::hint::spin_loop();
        }
        let offers = self.offers();
        if self.offered.load(Ordering::Relaxed) == seen {
            drop(self.wake.wait_timeout(offers, NAP));
        }
    }
}

impl Drop for Crew {
    fn drop(&mut self) {
        self.shared.closing.store(true, Ordering::Relaxed);
        self.shared.wake.notify_all();
        for thread in self.threads.drain(..) {
            drop(thread.join());
        }
    }
}

impl fmt::Debug for Crew {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a crew with {} threads of its own", self.threads.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_is_done_once() {
        for threads in 1..4 {
            let crew = Crew::new(threads);
            for parts in [0, 1, 2, 7, 100] {
                let counts: Vec<AtomicUsize> = (0..parts).map(|_| AtomicUsize::new(0)).collect();
                for _ in 0..50 {
                    crew.each(parts, &|part| {
                        counts[part].fetch_add(1, Ordering::Relaxed);
                    });
                }
                assert!(counts.iter().all(|count| count.load(Ordering::Relaxed) == 50));
            }
        }
    }

    #[test]
    fn a_part_that_panics_is_told_and_the_crew_goes_on() {
        let crew = Crew::new(2);
        let panics = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            crew.each(8, &|part| assert_ne!(part, 5, "part {part}"));
        }));
        assert!(panics.is_err());
        let sum = AtomicUsize::new(0);
        crew.each(8, &|part| {
            sum.fetch_add(part, Ordering::Relaxed);
        });
        assert_eq!(sum.load(Ordering::Relaxed), 28);
    }
}
