//! JSON of findings and verdicts.

mod common;

use common::{report, texts};
use expect_test::expect;
use pgpe_report::document::Document;
use pgpe_report::{Report, json};

#[test]
fn json_of_check() {
    let text = json::check(&report(), &texts());
    expect![[r#"
        {
          "version": 1,
          "findings": [
            {
              "rule": "duplicate-policy",
              "severity": "error",
              "file": "gone.policy",
              "range": {
                "start": {
                  "line": 1,
                  "column": 1
                },
                "end": {
                  "line": 1,
                  "column": 1
                }
              },
              "message": "two policies are named p",
              "related": []
            },
            {
              "rule": "unknown-table",
              "severity": "info",
              "file": "policies/größe 100%,a:b.policy",
              "range": {
                "start": {
                  "line": 2,
                  "column": 53
                },
                "end": {
                  "line": 2,
                  "column": 62
                }
              },
              "message": "there is no table \u001b[31mtäglich",
              "related": []
            },
            {
              "rule": "subsumption",
              "severity": "warning",
              "file": "policies/größe 100%,a:b.policy",
              "range": {
                "start": {
                  "line": 5,
                  "column": 5
                },
                "end": {
                  "line": 5,
                  "column": 28
                }
              },
              "message": "this clause is covered by the first clause",
              "help": "remove it",
              "policy": "p",
              "related": [
                {
                  "file": "policies/größe 100%,a:b.policy",
                  "range": {
                    "start": {
                      "line": 3,
                      "column": 10
                    },
                    "end": {
                      "line": 3,
                      "column": 33
                    }
                  },
                  "message": "covered by this"
                }
              ]
            },
            {
              "rule": "tenant-isolation",
              "severity": "error",
              "file": "policies/support.policy",
              "range": {
                "start": {
                  "line": 6,
                  "column": 10
                },
                "end": {
                  "line": 6,
                  "column": 31
                }
              },
              "message": "a session reads another tenant's rows of public.users",
              "policy": "support_reads",
              "table": "public.users",
              "command": "SELECT",
              "related": [
                {
                  "file": "schema.sql",
                  "range": {
                    "start": {
                      "line": 3,
                      "column": 3
                    },
                    "end": {
                      "line": 3,
                      "column": 12
                    }
                  },
                  "message": "this column says whose a row is"
                },
                {
                  "file": "policies/support.policy",
                  "range": {
                    "start": {
                      "line": 1,
                      "column": 8
                    },
                    "end": {
                      "line": 1,
                      "column": 21
                    }
                  },
                  "message": "only holders of support"
                }
              ],
              "counterexample": {
                "sessions": [
                  {
                    "role": "support",
                    "settings": {
                      "app.tenant_id": "'00000000-0000-0000-0000-000000000001'"
                    }
                  },
                  {
                    "role": null,
                    "settings": {
                      "app.tenant_id": "'00000000-0000-0000-0000-000000000002'"
                    }
                  }
                ],
                "row": {
                  "id": "'00000000-0000-0000-0000-00000000000a'",
                  "tenant_id": "'00000000-0000-0000-0000-000000000002'"
                },
                "witnesses": [
                  {
                    "table": "public.projects",
                    "row": {
                      "größe": "'<&>'",
                      "id": "7"
                    }
                  }
                ],
                "policies": [
                  "support_reads, clause 1",
                  "tenant_isolation, clause 1"
                ]
              }
            },
            {
              "rule": "no-schema",
              "severity": "hint",
              "message": "no schema is known: 100% of the checks\nthat need one did not run",
              "help": "give `schema: { file: … }` in pgpe.yaml",
              "related": []
            }
          ],
          "summary": {
            "errors": 2,
            "warnings": 1,
            "proven": 1,
            "failed": 1,
            "unknown": 1
          }
        }
    "#]]
    .assert_eq(&text);
    let document: Document = serde_json::from_str(&text).unwrap();
    assert_eq!(document, Document::check(&report(), &texts()));
}

#[test]
fn json_of_analyze() {
    let text = json::analyze(&report(), &texts());
    let document: Document = serde_json::from_str(&text).unwrap();
    assert_eq!(document, Document::analyze(&report(), &texts()));
    expect![[r#"
        [
          {
            "schema": "public",
            "table": "users",
            "policies": [
              "tenant_isolation",
              "support_reads"
            ],
            "commands": {
              "SELECT": {
                "contradiction": "PROVEN",
                "tenant-isolation": "FAILED",
                "byRole": {
                  "support": {
                    "tenant-isolation": "FAILED"
                  }
                }
              },
              "INSERT": {
                "contradiction": "PROVEN",
                "tenant-isolation": "PROVEN"
              },
              "UPDATE": {
                "contradiction": "PROVEN",
                "tenant-isolation": "UNKNOWN"
              },
              "DELETE": {
                "contradiction": "DENIED",
                "tenant-isolation": "DENIED"
              }
            },
            "notes": [
              "UPDATE: the solver ran out of time"
            ],
            "assumptions": [
              {
                "kind": "trusted-setting",
                "setting": "app.tenant_id",
                "verdicts": {
                  "INSERT": [
                    "tenant-isolation"
                  ]
                }
              },
              {
                "kind": "unique-key",
                "table": "public.projects",
                "columns": [
                  "id"
                ],
                "verdicts": {
                  "INSERT": [
                    "tenant-isolation"
                  ]
                }
              },
              {
                "kind": "no-bypass-rls",
                "verdicts": {
                  "INSERT": [
                    "tenant-isolation"
                  ]
                }
              }
            ]
          },
          {
            "schema": "public",
            "table": "config",
            "policies": [
              "readable"
            ],
            "commands": {
              "SELECT": {
                "tenant-isolation": "EXEMPT"
              },
              "INSERT": {}
            },
            "notes": [
              "exempt: global settings"
            ]
          }
        ]"#]]
    .assert_eq(&serde_json::to_string_pretty(&document.tables).unwrap());
}

#[test]
fn json_of_nothing() {
    expect![[r#"
        {
          "version": 1,
          "findings": [],
          "tables": [],
          "summary": {
            "errors": 0,
            "warnings": 0,
            "proven": 0,
            "failed": 0,
            "unknown": 0
          }
        }
    "#]]
    .assert_eq(&json::analyze(&Report::default(), &texts()));
}
