//! Which addresses lie outside the server's own network.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// IPv4 networks that are never called: first address and length of the prefix.
///
/// From the IANA IPv4 Special-Purpose Address Registry (RFC 6890), and the metadata service of a cloud that has a public
/// address.
const REFUSED_V4: [([u8; 4], u32); 17] = [
    ([0, 0, 0, 0], 8),          // this network, unspecified
    ([10, 0, 0, 0], 8),         // private
    ([100, 64, 0, 0], 10),      // shared by carriers
    ([127, 0, 0, 0], 8),        // loopback
    ([168, 63, 129, 16], 32),   // metadata of Azure
    ([169, 254, 0, 0], 16),     // link-local, metadata of most clouds
    ([172, 16, 0, 0], 12),      // private
    ([192, 0, 0, 0], 24),       // protocol assignments
    ([192, 0, 2, 0], 24),       // documentation
    ([192, 88, 99, 0], 24),     // 6to4 relays, withdrawn
    ([192, 168, 0, 0], 16),     // private
    ([198, 18, 0, 0], 15),      // benchmarks
    ([198, 51, 100, 0], 24),    // documentation
    ([203, 0, 113, 0], 24),     // documentation
    ([224, 0, 0, 0], 4),        // multicast
    ([240, 0, 0, 0], 4),        // reserved
    ([255, 255, 255, 255], 32), // broadcast
];

/// IPv6 networks inside global unicast (`2000::/3`) that are never called all the same.
///
/// From the IANA IPv6 Special-Purpose Address Registry. `2001::/23` holds Teredo and `2002::/16` is 6to4: both carry an IPv4
/// address and neither is in use.
const REFUSED_V6: [([u16; 2], u32); 4] = [
    ([0x2001, 0], 23),     // protocol assignments
    ([0x2001, 0xdb8], 32), // documentation
    ([0x2002, 0], 16),     // 6to4
    ([0x3fff, 0], 20),     // documentation
];

/// Whether the address is reachable on the public internet, and so not inside anybody's own network.
pub(crate) fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    !REFUSED_V4.iter().any(|(network, prefix)| {
        let differing = u32::from(address) ^ u32::from_be_bytes(*network);
        differing.leading_zeros() >= *prefix
    })
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    if let Some(inner) = carried_v4(address) {
        return is_public_v4(inner);
    }
    let front = u32::from(address.segments()[0]) << 16 | u32::from(address.segments()[1]);
    let global_unicast = front >> 29 == 0b001;
    global_unicast
        && !REFUSED_V6.iter().any(|([first, second], prefix)| {
            let differing = front ^ (u32::from(*first) << 16 | u32::from(*second));
            differing.leading_zeros() >= *prefix
        })
}

/// The IPv4 address behind an IPv4-mapped address (RFC 4291, section 2.5.5.2) or the well-known NAT64 prefix (RFC 6052).
///
/// NAT64 must stay open: in a network without IPv4 it is the only way to most providers.
fn carried_v4(address: Ipv6Addr) -> Option<Ipv4Addr> {
    match address.segments() {
        [0, 0, 0, 0, 0, 0xffff, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] => {
            Some(Ipv4Addr::from(u32::from(high) << 16 | u32::from(low)))
        }
        _ => None,
    }
}
