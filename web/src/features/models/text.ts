export const text = {
  bannerLabel: "Mock model in use",
  banner: "Answers come from the built-in mock model.",
  bannerLink: "Connect a real model",
  title: "Connect a real model",
  description:
    "The mock answers by fixed rules so that everything can be tried without a key. Replacing it is one file edit, effective on the next request.",
  file: "1. Edit the model file",
  fileText:
    "An administrator of this server edits models.yaml in the CodeMie home folder (CODEMIE_HOME), or the file that CODEMIE_MODELS_FILE names. Add an endpoint and a model, and move default_for_categories: [global] from the mock to it.",
  key: "2. Give the key",
  keyText:
    "Keys never go into the file: it names the environment variable (api_key_env) or the file (api_key_file) that holds them. Set the variable before CodeMie starts.",
  check: "3. Check",
  checkText: "Reload this page. When the default below is no longer a mock, the notice at the top is gone. A broken file changes nothing: the last good one stays in use; administrators read here, and in the log, which line and key are wrong.",
  broken: "The model file is broken, and the last good version of it is in use",
  warnings: "In the model file",
  version: (number: number) => `Version ${number} of the model file is in use.`,
  lastSwitch: (from: number, to: number, when: string, by: string) => `Last exchanged from version ${from} to ${to}, ${when}, by ${by}.`,
  models: "Models offered now",
  isDefault: "Default",
  mock: "Mock",
  loadFailed: "The models could not be loaded",
  example: "Example: any OpenAI-compatible service (OpenAI, vLLM, Ollama, LiteLLM and others)",
  providers:
    "Other providers: azure_openai, anthropic, aws_bedrock, google_vertexai, google_gemini. Each takes its credentials from its usual environment variables.",
} as const;
