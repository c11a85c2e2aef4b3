//! What a worker process puts on itself before it solves anything: it must not fill the machine's memory, nor
//! outlive the process that started it.

use rustix::process::{Resource, Rlimit, Signal, setrlimit};

/// For code, stacks and what the solver does not count, in MiB.
const BESIDES_THE_SOLVER: u64 = 512;

/// The solver gives up beyond this; what it does not count itself is held by a limit of the process.
pub(crate) fn limit_memory(megabytes: u32) {
    z3::set_global_param("memory_max_size", &megabytes.to_string());
    let bytes = (u64::from(megabytes) + BESIDES_THE_SOLVER) << 20;
    // A soft limit, as the next task may allow more.
    set_soft_limit(Resource::As, bytes);
}

/// Whoever started this process may do without huge pages, which is inherited. They make the solver faster.
pub(crate) fn use_huge_pages() {
    // Without them all goes on.
    #[cfg(target_os = "linux")]
    let _ = rustix::thread::disable_transparent_huge_pages(false);
}

/// Gives back to the system what was freed. glibc would keep it for what is allocated next.
pub(crate) fn give_memory_back() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    #[allow(unsafe_code)]
    // SAFETY: it takes a number, and may be called at any time by any thread.
    unsafe {
        libc::malloc_trim(0);
    }
}

/// A crash leaves no file behind.
pub(crate) fn dump_no_core() {
    set_soft_limit(Resource::Core, 0);
}

fn set_soft_limit(resource: Resource, value: u64) {
    let maximum = rustix::process::getrlimit(resource).maximum;
    let current = Some(maximum.map_or(value, |maximum| maximum.min(value)));
    // Without it there is still the solver's own limit.
    let _ = setrlimit(resource, Rlimit { current, maximum });
}

/// The kernel kills this process when its parent ends, however that happens.
pub(crate) fn die_with_parent() {
    #[cfg(target_os = "linux")]
    let _ = rustix::process::set_parent_process_death_signal(Some(Signal::KILL));
}

/// Ends this process at once. The usual way would run the solver's clean-up while it is solving.
pub(crate) fn end_now() {
    let _ = rustix::process::kill_process(rustix::process::getpid(), Signal::KILL);
}
