//! Where a new password comes from: a file, standard input, the terminal, or nobody's head.

use std::io::Read;
use std::path::{Path, PathBuf};

use clap::Args;
use dossier_app::setup;
use secrecy::{ExposeSecret, SecretString};

use crate::fault::Fault;
use crate::terminal;

/// More is no password.
const LONGEST: u64 = 4_096;

/// How a password is given. Never on the command line, which shells and `ps` show.
#[derive(Args)]
pub(crate) struct Password {
    /// Read the password from this file, or from standard input with `-`; its first line counts
    #[arg(long, value_name = "FILE", conflicts_with = "generate_password")]
    password_file: Option<PathBuf>,
    /// Make a password up, and print it once
    #[arg(long)]
    generate_password: bool,
}

/// A password, and whether it must be shown because nobody knows it.
pub(crate) struct Chosen {
    pub(crate) password: SecretString,
    pub(crate) made_up: bool,
}

impl Chosen {
    /// The password, when it must be shown.
    pub(crate) fn to_show(&self) -> Option<&str> {
        self.made_up.then(|| self.password.expose_secret())
    }
}

impl Password {
    /// Whether the flags say where it comes from.
    pub(crate) fn is_given(&self) -> bool {
        self.password_file.is_some() || self.generate_password
    }

    /// The password. `ask` says whether somebody may be asked.
    pub(crate) fn choose(&self, whose: &str, ask: bool) -> Result<Chosen, Fault> {
        let made = || Chosen { password: setup::make_password(), made_up: true };
        if self.generate_password {
            return Ok(made());
        }
        if let Some(file) = &self.password_file {
            let password = first_line(file)?;
            setup::check_password(&password)?;
            return Ok(Chosen { password, made_up: false });
        }
        if !ask {
            return Err(Fault::coded(
                "usage",
                format!("Say where the password of {whose} comes from: --password-file FILE, or --generate-password."),
            ));
        }
        loop {
            let first = terminal::ask_unseen(&format!("Password for {whose} (empty: one is made up and shown once)"))?;
            if first.is_empty() {
                return Ok(made());
            }
            let password = SecretString::from(first);
            if let Err(error) = setup::check_password(&password) {
                terminal::tell(&format!("  {}", Fault::from(error)));
                continue;
            }
            if terminal::ask_unseen("The same once more")? == password.expose_secret() {
                return Ok(Chosen { password, made_up: false });
            }
            terminal::tell("  The two are not the same. Once more, please.");
        }
    }
}

fn first_line(file: &Path) -> Result<SecretString, Fault> {
    let mut text = String::new();
    let read = if file == Path::new("-") {
        std::io::stdin().take(LONGEST).read_to_string(&mut text)
    } else {
        std::fs::File::open(file).and_then(|from| from.take(LONGEST).read_to_string(&mut text))
    };
    read.map_err(|e| Fault::new(format!("The password in {} cannot be read: {e}.", file.display())))?;
    Ok(SecretString::from(text.lines().next().unwrap_or_default().to_owned()))
}
