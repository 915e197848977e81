//! Questions at a terminal. They go to standard error, so that standard output holds answers of the program alone.

use std::io::{self, IsTerminal, Write};

use crate::fault::Fault;

/// Whether somebody can be asked.
pub(crate) fn is_there() -> bool {
    io::stdin().is_terminal()
}

/// Says something to whoever is asked.
pub(crate) fn tell(text: &str) {
    let _ = writeln!(io::stderr(), "{text}");
}

/// Asks until the answer can be read; an empty one stands for `default`.
pub(crate) fn ask<T>(title: &str, default: Option<&str>, read: impl Fn(&str) -> Result<T, String>) -> Result<T, Fault> {
    loop {
        let hint = default.filter(|default| !default.is_empty()).map(|default| format!(" [{default}]"));
        let _ = write!(io::stderr(), "{title}{}: ", hint.unwrap_or_default());
        let line = line(title)?;
        let answer = if line.trim().is_empty() { default.unwrap_or_default() } else { line.trim() };
        match read(answer) {
            Ok(value) => return Ok(value),
            Err(why) => tell(&format!("  {why}")),
        }
    }
}

/// Asks for something that is not shown while it is typed. The answer may be empty.
pub(crate) fn ask_unseen(title: &str) -> Result<String, Fault> {
    let silence = Silence::keep().map_err(|error| unreadable(title, &error))?;
    // Not before: who types at once must not be shown.
    let _ = write!(io::stderr(), "{title}: ");
    let answer = line(title);
    drop(silence);
    tell("");
    answer
}

fn line(title: &str) -> Result<String, Fault> {
    let mut line = String::new();
    let read = io::stdin().read_line(&mut line).map_err(|error| unreadable(title, &error))?;
    if read == 0 {
        return Err(Fault::new(format!("{title} is missing: the terminal gives no more.")));
    }
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}

fn unreadable(title: &str, error: &io::Error) -> Fault {
    Fault::new(format!("{title} cannot be read from the terminal: {error}."))
}

/// While it lives, the terminal does not show what is typed.
#[cfg(unix)]
struct Silence(rustix::termios::Termios);

#[cfg(unix)]
impl Silence {
    fn keep() -> io::Result<Self> {
        use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};
        let before = tcgetattr(io::stdin())?;
        let mut silent = before.clone();
        silent.local_modes.remove(LocalModes::ECHO);
        tcsetattr(io::stdin(), OptionalActions::Flush, &silent)?;
        Ok(Self(before))
    }
}

#[cfg(unix)]
impl Drop for Silence {
    fn drop(&mut self) {
        let _ = rustix::termios::tcsetattr(io::stdin(), rustix::termios::OptionalActions::Now, &self.0);
    }
}

/// Elsewhere the terminal cannot be silenced, so nothing is asked.
#[cfg(not(unix))]
struct Silence;

#[cfg(not(unix))]
impl Silence {
    fn keep() -> io::Result<Self> {
        Err(io::Error::other("it would show what is typed"))
    }
}
