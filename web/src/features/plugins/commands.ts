/** Where agents are started, and the text that starts them there. */

export const PLACES = ["laptop", "github", "gitlab", "kubernetes"] as const;
export type Place = (typeof PLACES)[number];

export const KINDS = ["own", "official"] as const;
export type Kind = (typeof KINDS)[number];

/** pydantic 2.12 breaks what codemie-plugins 0.2.0 depends on. */
const OFFICIAL = '"codemie-plugins==0.2.0" "pydantic<2.12"';
const KEY_UNKNOWN = "<the plugin key>";

const RUN: Record<Kind, string> = { own: "codemiectl plugin run", official: "codemie-plugins development run --repo-path ." };
/**
 * Nobody is there to be asked; the job ends by itself, as a success. The official agent stays after the first signal until
 * it is killed, and `timeout` tells that its time was over as a failure.
 */
const RUN_IN_CI: Record<Kind, string> = {
  own: "codemiectl plugin run --non-interactive --give-up-after 60 --serve-for 3000",
  official: `timeout -k 10 3000 ${RUN.official} || test $? = 124 -o $? = 137`,
};
/**
 * CodeMie's own package is in no public index: a name that anybody could register there must not be installed. What pip
 * gets in CI, the address of the wheel in the organisation's own store, is a variable of the pipeline.
 */
const INSTALL: Record<Kind, string> = { own: 'pip install "$CODEMIE_WHEEL"', official: `pip install ${OFFICIAL}` };

interface Start {
  uri: string;
  /** Null after it was shown once. */
  key: string | null;
}

function laptop(kind: Kind, { uri, key }: Start): string {
  const install = kind === "own" ? [] : [INSTALL[kind]];
  return [...install, `export PLUGIN_ENGINE_URI='${uri}'`, `export PLUGIN_KEY='${key ?? KEY_UNKNOWN}'`, RUN[kind]].join("\n");
}

function github(kind: Kind, { uri }: Start): string {
  const wheel = kind === "own" ? "\n        env:\n          CODEMIE_WHEEL: ${{ vars.CODEMIE_WHEEL }}" : "";
  return `jobs:
  codemie-agent:
    runs-on: ubuntu-latest
    timeout-minutes: 60
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-python@v5
        with: { python-version: "3.12" }
      - run: ${INSTALL[kind]}${wheel}
      - run: ${RUN_IN_CI[kind]}
        env:
          PLUGIN_ENGINE_URI: ${uri}
          PLUGIN_KEY: \${{ secrets.PLUGIN_KEY }}
`;
}

function gitlab(kind: Kind, { uri }: Start): string {
  return `codemie-agent:
  image: python:3.12-slim
  timeout: 60 minutes
  variables:
    PLUGIN_ENGINE_URI: ${uri}
    # PLUGIN_KEY is a masked variable of the project${kind === "own" ? ", CODEMIE_WHEEL another variable" : ""}
  script:
    - ${INSTALL[kind]}
    - ${RUN_IN_CI[kind]}
`;
}

function kubernetes(kind: Kind, { uri }: Start): string {
  const wheel = kind === "own" ? " --from-literal=CODEMIE_WHEEL=https://…" : "";
  return `# kubectl create secret generic codemie-agent --from-literal=PLUGIN_KEY=…${wheel}
apiVersion: batch/v1
kind: Job
metadata:
  name: codemie-agent
spec:
  activeDeadlineSeconds: 3600
  backoffLimit: 2
  template:
    spec:
      restartPolicy: OnFailure
      automountServiceAccountToken: false
      containers:
        - name: agent
          image: python:3.12-slim
          workingDir: /tmp
          command: [sh, -c]
          args:
            - |
              ${INSTALL[kind]}
              ${kind === "own" ? "exec " : ""}${RUN_IN_CI[kind]}
          envFrom:
            - secretRef: { name: codemie-agent }
          env:
            - name: PLUGIN_ENGINE_URI
              value: ${uri}
          resources:
            requests: { cpu: 100m, memory: 128Mi }
            limits: { memory: 512Mi }
`;
}

const WRITERS: Record<Place, (kind: Kind, start: Start) => string> = { laptop, github, gitlab, kubernetes };

/** What to copy, to start an agent of a kind in a place. Only a person's own shell gets the key itself. */
export function startCommand(place: Place, kind: Kind, start: Start): string {
  return WRITERS[place](kind, start);
}
