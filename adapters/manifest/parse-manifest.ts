// What a file declares: services of Compose, objects of Kubernetes or programs of supervisord; and where it is not sound.
// A file that looks like none of them declares nothing, and nothing is wrong with it.
import { basename } from 'node:path';
import type { ManifestFile } from './manifest-files.js';
import { parseSupervisorFile } from './parse-supervisor-file.js';
import { parseYamlManifest } from './parse-yaml-manifest.js';
import type { ParsedManifest } from './parsed-manifest.js';

const COMPOSE_NAME = /^(docker-)?compose[^/]*\.(yaml|yml|json)$/;
const YAML_NAME = /\.(yaml|yml|json)$/;
const YAML_MARK = /^["']?(apiVersion|services)["']?\s*:/m;
const JSON_MARK = /"(apiVersion|services)"\s*:/;
const SUPERVISOR_MARK =
  /^\[(supervisord|supervisorctl|unix_http_server|inet_http_server|(program|fcgi-program|eventlistener|group):[^\]]*)(\]|\s*$)/m;

export function parseManifest({ path, text }: ManifestFile): ParsedManifest {
  if (YAML_NAME.test(path)) {
    const isManifest = YAML_MARK.test(text) || JSON_MARK.test(text) || COMPOSE_NAME.test(basename(path));
    return isManifest ? parseYamlManifest(text) : { declared: [], flaws: [] };
  }
  return SUPERVISOR_MARK.test(text) ? parseSupervisorFile(text) : { declared: [], flaws: [] };
}
