//! Resource use of this process as reported by the system.

/// Peak memory of this process so far, in bytes; `None` if the system does not report it (Linux does).
pub fn peak_memory_bytes() -> Option<u64> {
    peak_in(&std::fs::read_to_string("/proc/self/status").ok()?)
}

/// Reads the line `VmHWM:    1234 kB`.
fn peak_in(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()?.checked_mul(1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_peak_is_read_from_its_line() {
        assert_eq!(peak_in("Name:\tketen\nVmHWM:\t   12 kB\nVmRSS:\t 8 kB\n"), Some(12 * 1024));
        assert_eq!(peak_in("Name:\tketen\n"), None);
        assert_eq!(peak_in("VmHWM:\tmuch kB\n"), None);
    }
}
