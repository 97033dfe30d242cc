//! How the process asks the system for memory. Where the system is not Linux nothing is changed.
//!
//! Freed memory is kept, so that a step does not fetch the arrays of its batch anew: glibc gives large blocks back when
//! they are freed, and every step then pays for page faults. Large buffers ask for large pages, of which the processor
//! can keep track.

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

/// Bytes of a large page.
pub const LARGE_PAGE: usize = 2 << 20;

/// Asks for large pages where they fit into fresh memory of so many bytes.
#[cfg(target_os = "linux")]
pub fn in_large_pages(at: *mut u8, bytes: usize) {
    unsafe extern "C" {
        fn madvise(at: *mut std::ffi::c_void, bytes: usize, advice: std::ffi::c_int) -> std::ffi::c_int;
    }
    /// From sys/mman.h.
    const MADV_HUGEPAGE: std::ffi::c_int = 14;
    if bytes >= LARGE_PAGE && (at as usize).is_multiple_of(LARGE_PAGE) {
        // SAFETY: advice about whole pages of memory that the caller owns. Where it is not taken, nothing changes.
        unsafe { madvise(at.cast(), bytes, MADV_HUGEPAGE) };
    }
}

/// Asks for large pages, which this system does not give.
#[cfg(not(target_os = "linux"))]
pub fn in_large_pages(_: *mut u8, _: usize) {}
