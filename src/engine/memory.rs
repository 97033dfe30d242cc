//! Keeps freed memory in the process, so that a training step does not fetch its arrays from the system anew.
//!
//! glibc gives large blocks back to the system when they are freed, and every step then pays for page faults: a
//! quarter of the time of a small model. Elsewhere nothing is changed.

use std::sync::Once;

/// Asks the allocator to keep what is freed. Further calls do nothing.
pub fn keep_freed() {
    static ONCE: Once = Once::new();
    ONCE.call_once(set);
}

#[cfg(all(target_os = "linux", target_env = "gnu"))]
fn set() {
    use std::ffi::c_int;
    unsafe extern "C" {
        fn mallopt(parameter: c_int, value: c_int) -> c_int;
    }
    // From malloc.h; blocks beyond the threshold would be mapped and unmapped one by one, and other arenas than the
    // first hold no large blocks.
    const M_TRIM_THRESHOLD: c_int = -1;
    const M_TOP_PAD: c_int = -2;
    const M_MMAP_THRESHOLD: c_int = -3;
    const M_ARENA_MAX: c_int = -8;
    // SAFETY: mallopt takes two numbers, and may be called at any time.
    unsafe {
        mallopt(M_ARENA_MAX, 1);
        mallopt(M_TOP_PAD, 1 << 24);
        mallopt(M_MMAP_THRESHOLD, 1 << 30);
        mallopt(M_TRIM_THRESHOLD, c_int::MAX);
    }
}

#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
fn set() {}
