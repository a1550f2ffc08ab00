//! `serve`: the planner's page on this computer.

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use keten::error::{Error, Result};
use keten::planner::{AnswerStage, MixDesk, STAGES, USUAL_END};
use keten::report::Language;
use keten::serve::{DEFAULT_PORT, Server};
use serde_json::json;

use super::arguments::{LanguageChoice, ServeArguments};
use super::done::Done;
use super::progress::stop_on_interrupt;
use super::runs::RUNS;
use super::talk::Talk;

/// `keten serve`
pub(super) fn serve(what: &ServeArguments, talk: &Talk) -> Done {
    let stop = stop_on_interrupt()?;
    let server = server(what)?;
    let address = server.address();
    if talk.json {
        talk.line(json!({ "address": address }));
    } else {
        talk.line(format_args!("{address}/"));
    }
    // The address is for a reader who waits for it; standard output may be a pipe.
    talk.finish()?;
    talk.say("open this address in a browser; only this computer can. Ctrl-C stops it, and every answer is kept");
    server.run(stop)?;
    talk.say("stopped; the same command continues with all answers");
    Ok(ExitCode::SUCCESS)
}

/// The server at its port, with the status quo prepared unless left out.
fn server(what: &ServeArguments) -> Result<Server> {
    let folder = what.out.as_deref().unwrap_or(Path::new(RUNS));
    let stages = match what.scale {
        Some(scale) => vec![stage(scale, what.draws)?],
        None => STAGES.to_vec(),
    };
    let desk = Arc::new(MixDesk::with_stages(folder, what.threads, stages)?);
    let language = match what.lang {
        Some(LanguageChoice::Nl) => Language::Nl,
        Some(LanguageChoice::En) | None => Language::En,
    };
    let server = Server::bind(what.port.unwrap_or(DEFAULT_PORT), Arc::clone(&desk), language)?;
    if !what.cold {
        desk.warm(USUAL_END);
    }
    Ok(server)
}

/// The one size that the command line gives.
fn stage(scale: f64, draws: u32) -> Result<AnswerStage> {
    if !(0.001..=1.0).contains(&scale) {
        return Err(Error::data(format!("--scale {scale} cannot be simulated"), "give a number from 0.001 to 1").into());
    }
    if !draws.is_multiple_of(2) {
        let cure = format!("give an even number, for example --draws {}", draws + 1);
        return Err(Error::data(format!("--draws {draws} is odd, and draws come in pairs"), cure).into());
    }
    Ok(AnswerStage { scale, draws })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_that_cannot_be_simulated_is_told_with_the_cure() {
        assert_eq!(stage(0.02, 4).ok(), Some(AnswerStage { scale: 0.02, draws: 4 }));
        assert!(stage(2.0, 0).unwrap_err().to_string().contains("from 0.001 to 1"));
        assert!(stage(f64::NAN, 0).is_err());
        assert!(stage(0.02, 3).unwrap_err().to_string().contains("--draws 4"));
    }
}
