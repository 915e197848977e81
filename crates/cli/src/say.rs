//! Lines on standard output.

/// Writes a line. A reader that has gone away is no fault of what is being done.
#[macro_export]
macro_rules! say {
    ($($text:tt)*) => {{
        use std::io::Write as _;
        let _ = writeln!(std::io::stdout(), $($text)*);
    }};
}
