//! Numbers that begin where a cache line does, in large pages where the system has them.

use crate::engine::memory;
use std::alloc::{Layout, alloc, dealloc, handle_alloc_error};
use std::fmt;
use std::ops::{Deref, DerefMut};
use std::ptr::NonNull;

/// Bytes of a cache line.
const LINE: usize = 64;

/// A fixed count of numbers, zero at first, rounded up to whole cache lines.
pub struct Buffer {
    at: NonNull<f32>,
    count: usize,
}

// SAFETY: a buffer owns its numbers.
unsafe impl Send for Buffer {}
// SAFETY: it is changed through `&mut` alone.
unsafe impl Sync for Buffer {}

/// A count of numbers, rounded up to whole cache lines.
#[must_use]
pub const fn whole(count: usize) -> usize {
    count.next_multiple_of(LINE / size_of::<f32>())
}

impl Buffer {
    #[must_use]
    pub fn new(count: usize) -> Self {
        let count = whole(count);
        if count == 0 {
            return Self { at: NonNull::dangling(), count };
        }
        let layout = Self::layout(count);
        // SAFETY: the layout has a size; all of its bytes are written before they are read, and zeros are numbers.
        unsafe {
            let at = alloc(layout);
            let Some(start) = NonNull::new(at) else { handle_alloc_error(layout) };
            memory::in_large_pages(at, layout.size());
            at.write_bytes(0, layout.size());
            Self { at: start.cast(), count }
        }
    }

    fn layout(count: usize) -> Layout {
        let size = count * size_of::<f32>();
        let align = if size >= memory::LARGE_PAGE { memory::LARGE_PAGE } else { LINE };
        Layout::from_size_align(size, align).expect("the sizes of a model fit in memory")
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        if self.count > 0 {
            // SAFETY: made by `new` with this layout.
            unsafe { dealloc(self.at.as_ptr().cast(), Self::layout(self.count)) }
        }
    }
}

impl Default for Buffer {
    fn default() -> Self {
        Self::new(0)
    }
}

impl Deref for Buffer {
    type Target = [f32];

    fn deref(&self) -> &[f32] {
        // SAFETY: so many numbers were written by `new`.
        unsafe { std::slice::from_raw_parts(self.at.as_ptr(), self.count) }
    }
}

impl DerefMut for Buffer {
    fn deref_mut(&mut self) -> &mut [f32] {
        // SAFETY: as above.
        unsafe { std::slice::from_raw_parts_mut(self.at.as_ptr(), self.count) }
    }
}

impl fmt::Debug for Buffer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} numbers", self.count)
    }
}
