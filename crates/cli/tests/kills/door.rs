//! The address that stays while servers come and go: people and the provider know no other.

use std::net::{Ipv4Addr, SocketAddr};

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// Carries every connection on to the server of the moment. Where none is, it closes, as the server itself would have.
pub(crate) struct Door {
    pub(crate) url: String,
    server: watch::Sender<Option<SocketAddr>>,
}

impl Door {
    pub(crate) async fn open() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (server, of_the_moment) = watch::channel(None);
        tokio::spawn(async move {
            while let Ok((mut caller, _)) = listener.accept().await {
                let Some(server) = *of_the_moment.borrow() else { continue };
                tokio::spawn(async move {
                    if let Ok(mut server) = TcpStream::connect(server).await {
                        // That one of them has gone is what the test is about.
                        let _ = copy_bidirectional(&mut caller, &mut server).await;
                    }
                });
            }
        });
        Self { url, server }
    }

    /// The server is there now.
    pub(crate) fn lead_to(&self, server: SocketAddr) {
        self.server.send_replace(Some(server));
    }
}
