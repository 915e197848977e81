//! The demo's requests: in every status, each with what really running actions against the simulator brought.

use dossier_domain::RequestStatus;

/// A request to prepare.
pub(crate) struct Sample {
    pub(crate) reference: &'static str,
    /// The registration number to check, if any.
    pub(crate) company: Option<&'static str>,
    /// A tracking ID to ask for, if any.
    pub(crate) tracking: Option<&'static str>,
    /// The status that a person then chooses, if any.
    pub(crate) mark: Option<RequestStatus>,
}

const fn sample(reference: &'static str) -> Sample {
    Sample { reference, company: None, tracking: None, mark: None }
}

/// Oldest first.
pub(crate) const SAMPLES: &[Sample] = &[
    Sample {
        company: Some("2009/114873/07"),
        mark: Some(RequestStatus::Completed),
        ..sample("Lalapansi Trading 114 (Pty) Ltd")
    },
    Sample {
        tracking: Some(dossier_simulator::TRACKING_COMPLETED),
        mark: Some(RequestStatus::Completed),
        ..sample("ACC 4410-7655 du Plessis, Marlene")
    },
    sample("Test run, please ignore"),
    Sample { company: Some("2011/098221/07"), ..sample("Grootvlei Grain Storage (Pty) Ltd") },
    Sample {
        tracking: Some(dossier_simulator::TRACKING_FAILED),
        mark: Some(RequestStatus::Failed),
        ..sample("CIF-2209342 Maseko, Bongani Sipho")
    },
    Sample {
        company: Some("2016/220841/07"),
        mark: Some(RequestStatus::Completed),
        ..sample("Sneeuberg Wool Brokers (Pty) Ltd")
    },
    Sample { mark: Some(RequestStatus::Cancelled), ..sample("ACC 4410-7698 Mokoena, Tshepo") },
    Sample { company: Some("2018/402217/07"), ..sample("Umkhonjane Freight (Pty) Ltd") },
    Sample { tracking: Some(dossier_simulator::TRACKING_PROCESSING), ..sample("CIF-2209407 Naidoo, Kavitha") },
    Sample { company: Some("1998/003311/99"), mark: Some(RequestStatus::Failed), ..sample("Tsitsa River Timber CC") },
    Sample {
        company: Some("2020/551908/07"),
        tracking: Some(dossier_simulator::TRACKING_COMPLETED),
        ..sample("Witkop Dental Supplies (Pty) Ltd, annual review")
    },
    sample("Kwantu Solar Components (Pty) Ltd"),
];
