//! The rules that the two databases force, each with a name. Only the tests of this project can switch one off (feature
//! `switches`), to show the harm that it prevents; without the feature there is nothing to switch.

/// One rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Guard {
    /// A writing transaction takes SQLite's write lock when it begins.
    Immediate,
    /// What will change is read `FOR UPDATE`.
    RowLocks,
    /// A statement that may be refused runs inside a savepoint.
    Savepoints,
    /// A transaction tells row-level security its tenant.
    TenantSetting,
    /// A call has its row before it is sent.
    SendingRow,
}

/// Which rules stand.
#[derive(Clone, Debug, Default)]
pub struct Guards {
    #[cfg(feature = "switches")]
    state: std::sync::Arc<std::sync::Mutex<State>>,
}

#[cfg(feature = "switches")]
#[derive(Debug, Default)]
struct State {
    off: Vec<Guard>,
    statements: std::collections::BTreeSet<String>,
}

#[cfg(not(feature = "switches"))]
#[expect(clippy::unused_self, reason = "the shape that the switches need")]
impl Guards {
    pub(crate) fn stand(&self, _guard: Guard) -> bool {
        true
    }

    pub(crate) fn note(&self, _statement: &str) {}
}

#[cfg(feature = "switches")]
impl Guards {
    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    pub(crate) fn stand(&self, guard: Guard) -> bool {
        !self.state().off.contains(&guard)
    }

    /// Remembers that a statement ran, so that a test can tell which never did.
    pub(crate) fn note(&self, statement: &str) {
        self.state().statements.insert(statement.to_owned());
    }

    /// Switches `guard` off.
    pub fn off(&self, guard: Guard) {
        self.state().off.push(guard);
    }

    /// Switches every rule on again.
    pub fn on(&self) {
        self.state().off.clear();
    }

    /// The text of each statement that ran so far.
    pub fn statements(&self) -> Vec<String> {
        self.state().statements.iter().cloned().collect()
    }
}
