//! Signatures.

use pgpe_ide::SignatureHelp as PlainHelp;
use tower_lsp::ls_types::*;

use super::without_fences;
use crate::client::ClientProfile;

/// What may stand in a call.
pub(crate) fn signature_help(help: PlainHelp, client: &ClientProfile) -> SignatureHelp {
    let signatures = help.signatures.into_iter().map(|signature| {
        let parameter = |range: &std::ops::Range<u32>| {
            let (start, end) = (range.start as usize, range.end as usize);
            let text = |range: std::ops::Range<usize>| signature.label.get(range).unwrap_or_default();
            // Offsets count UTF-16, whatever positions count.
            let units = |text: &str| u32::try_from(text.encode_utf16().count()).unwrap_or(u32::MAX);
            ParameterInformation {
                label: match client.parameter_offsets {
                    true => ParameterLabel::LabelOffsets([units(text(0..start)), units(text(0..end))]),
                    false => ParameterLabel::Simple(text(start..end).to_owned()),
                },
                documentation: None,
            }
        };
        SignatureInformation {
            parameters: Some(signature.parameters.iter().map(parameter).collect()),
            documentation: Some(documentation(&signature.markdown, client)),
            label: signature.label.clone(),
            active_parameter: None,
        }
    });
    SignatureHelp {
        signatures: signatures.collect(),
        active_signature: u32::try_from(help.active).ok(),
        active_parameter: help.parameter.and_then(|index| u32::try_from(index).ok()),
    }
}

fn documentation(markdown: &str, client: &ClientProfile) -> Documentation {
    let (kind, value) = match client.signature_markdown {
        true => (MarkupKind::Markdown, markdown.to_owned()),
        false => (MarkupKind::PlainText, without_fences(markdown)),
    };
    Documentation::MarkupContent(MarkupContent { kind, value })
}
