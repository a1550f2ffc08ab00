//! The threads of the library's parallel work besides runs, which have their own.

use std::sync::{Arc, Mutex, PoisonError};

use keten::error::{Error, Kind, Result};
use rayon::{ThreadPool, ThreadPoolBuilder};

/// The threads of a process, by its number: a forked process has none of the threads of its parent.
static POOL: Mutex<Option<(u32, Arc<ThreadPool>)>> = Mutex::new(None);

/// Calls a function of the library on threads of this process.
///
/// # Errors
/// Those of the function; no threads.
pub(crate) fn on_threads<T: Send>(work: impl FnOnce() -> Result<T> + Send) -> Result<T> {
    pool()?.install(work)
}

fn pool() -> Result<Arc<ThreadPool>> {
    let process = std::process::id();
    let mut kept = POOL.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((owner, pool)) = kept.as_ref()
        && *owner == process
    {
        return Ok(pool.clone());
    }
    let pool = ThreadPoolBuilder::new().build().map_err(|cause| {
        Error::new(Kind::Internal, format!("no threads can be started: {cause}"), "free some memory, and try again")
    })?;
    let pool = Arc::new(pool);
    // Threads of a parent process do not exist here, so that its pool can be neither used nor stopped.
    if let Some(other) = kept.replace((process, pool.clone())) {
        std::mem::forget(other);
    }
    Ok(pool)
}
