//! What a piece of work allocates: an allocator that counts, for each thread on its own, so that tests side by side do
//! not disturb each other and every count is the same on every machine.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

/// What was allocated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Used {
    /// The most bytes that were held at once beyond those held before.
    pub peak: usize,
    /// The bytes of what was made, which are still held.
    pub kept: usize,
    /// How often memory was asked for.
    pub requests: usize,
    /// All bytes that were asked for.
    pub bytes: usize,
}

/// Runs `work` and returns what it made and what it allocated on this thread.
pub fn measure<T>(work: impl FnOnce() -> T) -> (T, Used) {
    let before = Before::now();
    let made = work();
    (made, before.used())
}

/// The same for work that waits; all of it must run on this thread.
pub async fn measured<T>(work: impl Future<Output = T>) -> (T, Used) {
    let before = Before::now();
    let made = work.await;
    (made, before.used())
}

/// The counts before some work.
struct Before {
    held: isize,
    requests: usize,
    bytes: usize,
}

impl Before {
    fn now() -> Self {
        let held = HELD.get();
        PEAK.set(held);
        Self { held, requests: REQUESTS.get(), bytes: BYTES.get() }
    }

    fn used(self) -> Used {
        let beyond = |bytes: isize| usize::try_from(bytes - self.held).unwrap_or_default();
        Used {
            peak: beyond(PEAK.get()),
            kept: beyond(HELD.get()),
            requests: REQUESTS.get() - self.requests,
            bytes: BYTES.get() - self.bytes,
        }
    }
}

thread_local! {
    static HELD: Cell<isize> = const { Cell::new(0) };
    static PEAK: Cell<isize> = const { Cell::new(0) };
    static REQUESTS: Cell<usize> = const { Cell::new(0) };
    static BYTES: Cell<usize> = const { Cell::new(0) };
}

struct Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Counts a change from `before` to `after` bytes; threads that are ending count nothing.
fn count(before: usize, after: usize) {
    let size = |n: usize| isize::try_from(n).unwrap_or(isize::MAX);
    if after > 0 {
        let _ending = REQUESTS.try_with(|n| n.set(n.get() + 1));
        let _ending = BYTES.try_with(|n| n.set(n.get() + after));
    }
    let held = HELD.try_with(|held| {
        held.set(held.get() + size(after) - size(before));
        held.get()
    });
    if let Ok(held) = held {
        let _ending = PEAK.try_with(|peak| peak.set(peak.get().max(held)));
    }
}

// SAFETY: every call is handed to the system's allocator as it came; counting allocates nothing.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(0, layout.size());
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count(0, layout.size());
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        count(layout.size(), 0);
        unsafe { System.dealloc(at, layout) }
    }

    unsafe fn realloc(&self, at: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count(layout.size(), size);
        unsafe { System.realloc(at, layout, size) }
    }
}
