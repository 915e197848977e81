//! What may be called, judged from the URL alone, and from the addresses of a name.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    sync::LazyLock,
    time::Duration,
};

use dossier_outbound::{Authority, BrokenKind, Client, Outgoing, Policy, Refusal};
use http::{HeaderMap, Method};
use proptest::prelude::*;
use url::Url;

fn client(allow: &[&str]) -> Client {
    let allow = allow.iter().map(|entry| entry.parse().unwrap()).collect();
    Client::new(Policy { allow, ..Policy::default() }).unwrap()
}

/// Shared by the many cases of a property: a client reads the system's root certificates when it is made.
static STRICT: LazyLock<Client> = LazyLock::new(|| client(&[]));

fn check(client: &Client, url: &str) -> Result<(), Refusal> {
    client.check(&Url::parse(url).unwrap())
}

fn refused(client: &Client, host: &str) -> bool {
    matches!(Url::parse(&format!("https://{host}/")).map(|url| client.check(&url)), Err(_) | Ok(Err(_)))
}

/// Networks that belong to nobody or to the server's owner, each with its first and its last address.
const INSIDE: [(&str, &str); 16] = [
    ("0.0.0.0", "0.255.255.255"),
    ("10.0.0.0", "10.255.255.255"),
    ("100.64.0.0", "100.127.255.255"),
    ("127.0.0.0", "127.255.255.255"),
    ("168.63.129.16", "168.63.129.16"),
    ("169.254.0.0", "169.254.255.255"),
    ("172.16.0.0", "172.31.255.255"),
    ("192.0.0.0", "192.0.0.255"),
    ("192.0.2.0", "192.0.2.255"),
    ("192.88.99.0", "192.88.99.255"),
    ("192.168.0.0", "192.168.255.255"),
    ("198.18.0.0", "198.19.255.255"),
    ("198.51.100.0", "198.51.100.255"),
    ("203.0.113.0", "203.0.113.255"),
    ("224.0.0.0", "239.255.255.255"),
    ("240.0.0.0", "255.255.255.255"),
];

fn number(address: &str) -> u32 {
    address.parse::<Ipv4Addr>().unwrap().into()
}

fn inside() -> impl Strategy<Value = Ipv4Addr> {
    prop::sample::select(INSIDE.as_slice())
        .prop_flat_map(|(first, last)| (number(first)..=number(last)).prop_map(Ipv4Addr::from))
}

fn outside() -> impl Strategy<Value = Ipv4Addr> {
    any::<u32>().prop_map(Ipv4Addr::from).prop_filter("not inside", |address| {
        INSIDE.iter().all(|(first, last)| !(number(first)..=number(last)).contains(&u32::from(*address)))
    })
}

/// Every way to write an IPv4 address in a URL that browsers and HTTP libraries read.
fn spellings(address: Ipv4Addr) -> Vec<String> {
    let [a, b, c, d] = address.octets();
    let number = u32::from(address);
    let dotted = address.to_string();
    vec![
        format!("{dotted}."),
        format!("{number}"),
        format!("{number:#x}"),
        format!("0{number:o}"),
        format!("0{a:o}.0{b:o}.0{c:o}.0{d:o}"),
        format!("{a:#x}.{b:#X}.{c:#06x}.{d}").replace("0X", "0x"),
        format!("{a}.0x{b:x}.0{c:o}.{d}"),
        format!("{a}.{}", number & 0x00ff_ffff),
        format!("{a}.{b}.{}", number & 0xffff),
        dotted.bytes().map(|byte| format!("%{byte:02x}")).collect::<Vec<_>>().concat(),
        dotted.chars().map(|digit| char::from_u32(u32::from(digit) + 0xfee0).unwrap()).collect(),
        dotted.replace('.', "\u{3002}"),
        format!("[::ffff:{dotted}]"),
        format!("[0:0:0:0:0:ffff:{:x}:{:x}]", number >> 16, number & 0xffff),
        format!("[64:ff9b::{dotted}]"),
        dotted,
    ]
}

proptest! {
    /// CHAN-9
    #[test]
    fn an_internal_address_is_refused_in_every_spelling(address in inside()) {
        for host in spellings(address) {
            prop_assert!(refused(&STRICT, &host), "{host}");
        }
        prop_assert!(refused(&STRICT, &format!("[::{address}]")), "IPv4-compatible");
        let [a, b, c, d] = address.octets();
        prop_assert!(refused(&STRICT, &format!("[2002:{a:02x}{b:02x}:{c:02x}{d:02x}::1]")), "6to4");
    }

    /// The control: otherwise a guard that refuses everything would pass.
    #[test]
    fn a_public_address_is_let_through_in_every_spelling(address in outside()) {
        for host in spellings(address) {
            prop_assert!(!refused(&STRICT, &host), "{host}");
        }
    }
}

/// CHAN-9
#[test]
fn every_network_is_refused_from_its_first_to_its_last_address_and_not_beyond() {
    let client = client(&[]);
    for (first, last) in INSIDE {
        assert!(refused(&client, first) && refused(&client, last), "{first} to {last}");
    }
    for neighbour in [
        "1.0.0.0",
        "9.255.255.255",
        "11.0.0.0",
        "100.63.255.255",
        "100.128.0.0",
        "126.255.255.255",
        "128.0.0.0",
        "168.63.129.15",
        "168.63.129.17",
        "169.253.255.255",
        "169.255.0.0",
        "172.15.255.255",
        "172.32.0.0",
        "191.255.255.255",
        "192.0.1.0",
        "192.0.3.0",
        "192.88.98.255",
        "192.88.100.0",
        "192.167.255.255",
        "192.169.0.0",
        "198.17.255.255",
        "198.20.0.0",
        "198.51.99.255",
        "198.51.101.0",
        "203.0.112.255",
        "203.0.114.0",
        "223.255.255.255",
    ] {
        assert!(!refused(&client, neighbour), "{neighbour}");
    }
}

/// CHAN-9
#[test]
fn internal_ipv6_addresses_are_refused_and_public_ones_are_not() {
    let client = client(&[]);
    for address in [
        "::",
        "::1",
        "::2",
        "::ffff:10.0.0.1",
        "::ffff:0:10.0.0.1",
        "64:ff9b::a9fe:a9fe",
        "64:ff9b:1::1",
        "100::1",
        "2001::1",
        "2001:2::1",
        "2001:10::1",
        "2001:20::1",
        "2001:1ff:ffff::",
        "2001:db8::1",
        "2002:7f00:1::",
        "3fff::1",
        "3fff:fff:ffff::",
        "4000::1",
        "5f00::1",
        "fc00::1",
        "fd00:ec2::254",
        "fe80::1",
        "fec0::1",
        "ff02::1",
        "1fff:ffff::",
    ] {
        assert!(refused(&client, &format!("[{address}]")), "{address}");
    }
    for address in [
        "2001:200::1",
        "2001:db7::1",
        "2001:db9::1",
        "2003::1",
        "2606:4700::1111",
        "2a00:1450::1",
        "3ffe::1",
        "64:ff9b::808:808",
    ] {
        assert!(!refused(&client, &format!("[{address}]")), "{address}");
    }
}

#[test]
fn only_https_without_user_information_is_called() {
    let client = client(&[]);
    let place = || "provider.example:443".parse::<Authority>().unwrap();

    assert_eq!(check(&client, "https://provider.example/path?query"), Ok(()));
    assert_eq!(check(&client, "https://provider.example:8443/"), Ok(()));
    assert_eq!(
        check(&client, "http://provider.example/"),
        Err(Refusal::NotEncrypted("provider.example:80".parse().unwrap()))
    );
    for url in [
        "ftp://provider.example/",
        "file:///etc/hosts",
        "data:text/plain,x",
        "gopher://provider.example:70/",
        "unix:/run/x",
    ] {
        assert_eq!(check(&client, url), Err(Refusal::NotWeb), "{url}");
    }
    for url in
        ["https://name@provider.example/", "https://name:word@provider.example/", "https://:word@provider.example/"]
    {
        assert_eq!(check(&client, url), Err(Refusal::UserInformation(place())), "{url}");
    }
}

#[test]
fn what_the_operator_allows_may_be_internal_and_unencrypted_but_not_carry_a_password() {
    let client = client(&["10.0.0.7:8080", "ERP.example:80", "[fd00::7]:443"]);

    for url in [
        "http://10.0.0.7:8080/",
        "https://10.0.0.7:8080/",
        "http://0x0a000007:8080/",
        "http://erp.example/",
        "https://[fd00:0::7]/",
    ] {
        assert_eq!(check(&client, url), Ok(()), "{url}");
    }
    for url in [
        "http://10.0.0.7/",
        "https://10.0.0.7:8081/",
        "http://10.0.0.8:8080/",
        "http://erp.example:8080/",
        "http://erp.example.:80/",
        "http://[fd00::7]/",
    ] {
        assert!(check(&client, url).is_err(), "{url}");
    }
    assert!(matches!(check(&client, "http://name:word@10.0.0.7:8080/"), Err(Refusal::UserInformation(_))));
}

#[test]
fn a_refusal_says_what_to_do_and_quotes_nothing_of_the_url_but_host_and_port() {
    let client = client(&[]);
    let sentence = |url: &str| check(&client, url).unwrap_err().to_string();

    assert_eq!(
        sentence("http://provider.example/path?token=1"),
        "The address of provider.example:80 must start with https://. The operator can allow provider.example:80 without it."
    );
    assert_eq!(
        sentence("https://2130706433/path?token=1"),
        "127.0.0.1:443 lies inside a private or reserved network and is not called. The operator can allow 127.0.0.1:443."
    );
    assert_eq!(
        sentence("https://name:word@provider.example/"),
        "The address of provider.example:443 must not contain a user name or a password."
    );
}

#[test]
fn an_entry_of_the_allow_list_is_a_host_and_a_port() {
    for (text, shown) in [
        ("ERP.example:8443", "erp.example:8443"),
        (" 127.1:80 ", "127.0.0.1:80"),
        ("[FD00:0::7]:443", "[fd00::7]:443"),
        ("bücher.example:443", "xn--bcher-kva.example:443"),
    ] {
        assert_eq!(text.parse::<Authority>().unwrap().to_string(), shown);
    }
    for text in [
        "",
        "erp.example",
        "erp.example:",
        "erp.example:0",
        "erp.example:65536",
        ":443",
        "https://erp.example:443",
        "erp.example:443/path",
        "fd00::7:443",
        "name@erp.example:443",
        "a b:443",
        "*:443",
    ] {
        let refusal = text.parse::<Authority>().unwrap_err().to_string();
        assert!(refusal.contains(&format!("`{text}`")) && refusal.contains("erp.example:8443"), "{refusal}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    /// CHAN-9. One internal address among the addresses of a name is enough.
    #[test]
    fn a_name_that_leads_to_an_internal_address_is_not_called(inner in inside(), mapped: bool, first: bool) {
        let inner = if mapped { IpAddr::V6(inner.to_ipv6_mapped()) } else { IpAddr::V4(inner) };
        let public = IpAddr::V6(Ipv6Addr::new(0x2606, 0x4700, 0, 0, 0, 0, 0, 0x1111));
        let answer = if first { vec![inner, public] } else { vec![public, inner] };
        let client = Client::with_lookup(Policy::default(), move |_| Ok(answer.clone())).unwrap();
        let url = Url::parse("https://provider.example/").unwrap();
        prop_assert_eq!(client.check(&url), Ok(()), "the name alone is harmless");

        let outgoing = Outgoing { method: Method::GET, url, headers: HeaderMap::new(), body: Vec::new(), timeout: Some(Duration::from_secs(5)) };
        let broken = tokio::runtime::Runtime::new().unwrap().block_on(client.send(outgoing)).unwrap_err();
        prop_assert_eq!((broken.kind, broken.sent), (BrokenKind::Refused, false), "{}", broken.message);
    }
}
