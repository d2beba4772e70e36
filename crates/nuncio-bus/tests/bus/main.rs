//! Buses, peers, requests and services, on every driver that can do it.
#![cfg(target_os = "linux")]

mod connections;
mod guard;
mod hostile;
mod leases;
mod leaving;
mod own;
mod peers;
mod perl;
mod places;
mod presence;
mod processes;
mod requests;
mod services;
mod support;
