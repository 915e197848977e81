//! The services of the library, by their published IDs.

/// The paths of the library. Both are POST.
pub(crate) const LIBRARY: &str = "/library/api/v3";
pub(crate) const FILES: &str = "/library/api/v3/files";

/// A service of the library.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Service {
    CompanyKyc,
    Population,
    Ekyc,
    Aml,
    BankAccount,
    DocumentOcr,
    FaceCompare,
    Liveness,
}

struct Known {
    service: Service,
    path: &'static str,
    id: &'static str,
    name: &'static str,
}

static KNOWN: [Known; 8] = [
    Known {
        service: Service::CompanyKyc,
        path: LIBRARY,
        id: "0c4fb641-f410-4f2e-b06e-d43ea8a94e54",
        name: "Company KYC",
    },
    Known {
        service: Service::Population,
        path: LIBRARY,
        id: "bdd053aa-239b-4f4c-96e3-425fc5a165a8",
        name: "DHA with photo",
    },
    Known {
        service: Service::Ekyc,
        path: LIBRARY,
        id: "eca10fd3-791d-4d3e-a3a7-b5ca57b67968",
        name: "Individual eKYC",
    },
    Known { service: Service::Aml, path: LIBRARY, id: "fbfdb214-8d5b-417e-b49b-7afb0c0d7b78", name: "Combined AML" },
    Known {
        service: Service::BankAccount,
        path: LIBRARY,
        id: "a81c2585-5ab6-460c-ae47-782015c1805b",
        name: "Bank account",
    },
    Known {
        service: Service::DocumentOcr,
        path: FILES,
        id: "abf72fa8-cd6f-46e7-9baf-ba1ea1c2d322",
        name: "Identity Document OCR",
    },
    Known {
        service: Service::FaceCompare,
        path: FILES,
        id: "90c11897-f2a1-4e9b-9107-1382ced5490f",
        name: "Face Compare",
    },
    Known {
        service: Service::Liveness,
        path: FILES,
        id: "37f83569-9db3-4f5a-8303-b56f42a632ca",
        name: "Passive Liveness",
    },
];

/// The service with this ID at this path, and its name.
pub(crate) fn find(path: &str, id: &str) -> Option<(Service, &'static str)> {
    let known = KNOWN.iter().find(|known| known.path == path && known.id.eq_ignore_ascii_case(id))?;
    Some((known.service, known.name))
}
