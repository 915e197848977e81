//! doctor
use std::process::ExitCode;

use crate::fault::Fault;
use crate::operator::Place;

pub(crate) async fn run(_place: &Place, _environment: Result<Vec<(String, String)>, Fault>) -> Result<ExitCode, Fault> {
    Ok(ExitCode::SUCCESS)
}
