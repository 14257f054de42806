// What docker and kubectl print, in the shapes that they have: the same services twice, some time apart and made anew.

interface Container {
  readonly name: string;
  readonly image: string;
  readonly state: string;
  readonly status: string;
  readonly exitCode?: number;
  readonly health?: string;
}

/** Made anew each time, so that no two have the same id. */
let containerCount = 0xa0;

/** A line of `docker compose ps --all --format json`. */
export function composeLine(container: Container): string {
  const { name, image, state, status, exitCode = 0, health = '' } = container;
  const id = `5c1e07b3d8${(containerCount++).toString(16)}`;
  return JSON.stringify({
    Command: '"/docker-entrypoint.…"',
    CreatedAt: `2025-03-0${(containerCount % 9) + 1} 10:40:01 +0100 CET`,
    ExitCode: exitCode,
    Health: health,
    ID: id,
    Image: image,
    Labels: `com.docker.compose.oneoff=False,com.docker.compose.service=${name},com.docker.compose.replace=${id}`,
    LocalVolumes: '1',
    Mounts: `${id}…`,
    Name: `shop-${name}-1`,
    Names: `shop-${name}-1`,
    Networks: 'shop_default',
    Ports: `0.0.0.0:${32768 + containerCount}->80/tcp`,
    Project: 'shop',
    Publishers: [{ URL: '0.0.0.0', TargetPort: 80, PublishedPort: 32768 + containerCount, Protocol: 'tcp' }],
    RunningFor: `${containerCount} seconds ago`,
    Service: name,
    Size: '0B',
    State: state,
    Status: status,
  });
}

/** An entry of the list that `docker compose ps --format json` printed before version 2.21. */
export function oldComposeEntry(name: string, state: string): object {
  return {
    ID: `9f31c2${(containerCount++).toString(16)}`,
    Name: `shop-${name}-1`,
    Command: '/docker-entrypoint.sh nginx',
    Project: 'shop',
    Service: name,
    State: state,
    Health: '',
    ExitCode: 0,
    Publishers: [{ URL: '', TargetPort: 80, PublishedPort: 0, Protocol: 'tcp' }],
  };
}

/** A line of `docker ps --all --format json`. */
export function dockerLine(name: string, state: string, status: string): string {
  return JSON.stringify({
    Command: '"sleep infinity"',
    CreatedAt: '2025-03-01 10:40:01 +0100 CET',
    ID: `77aa${(containerCount++).toString(16)}`,
    Image: 'debian:12',
    Labels: '',
    LocalVolumes: '0',
    Mounts: '',
    Names: name,
    Networks: 'bridge',
    Ports: '',
    RunningFor: '2 hours ago',
    Size: '0B',
    State: state,
    Status: status,
  });
}

interface Rollout {
  readonly name: string;
  readonly image?: string;
  readonly replicas?: number;
  readonly ready?: number;
  readonly updated?: number;
  /** Whether the controller has not seen the last change yet. */
  readonly isUnseen?: boolean;
  readonly hasGivenUp?: boolean;
}

/** A Deployment as `kubectl get -o json` has it. */
export function deployment(rollout: Rollout): object {
  const { name, image = 'nginx:1.25', replicas = 2, ready = replicas, updated = replicas } = rollout;
  const generation = containerCount++;
  const time = `2025-03-01T10:40:${generation % 60}Z`;
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: {
      annotations: { 'deployment.kubernetes.io/revision': String(generation) },
      creationTimestamp: time,
      generation,
      name,
      namespace: 'shop',
      resourceVersion: String(generation * 1000),
      uid: `3c7e-${generation}`,
    },
    spec: {
      progressDeadlineSeconds: 600,
      replicas,
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: { containers: [{ image, name: 'main', resources: {} }] },
      },
    },
    status: {
      ...(ready === 0 ? {} : { readyReplicas: ready, availableReplicas: ready }),
      conditions: [
        { lastUpdateTime: time, type: 'Available', status: ready > 0 ? 'True' : 'False' },
        rollout.hasGivenUp === true
          ? { lastUpdateTime: time, type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded' }
          : { lastUpdateTime: time, type: 'Progressing', status: 'True', reason: 'NewReplicaSetAvailable' },
      ],
      observedGeneration: rollout.isUnseen === true ? generation - 1 : generation,
      replicas,
      updatedReplicas: updated,
    },
  };
}

/** A pod, of a Deployment or alone. */
export function pod(name: string, options: { readonly owner?: string; readonly isReady: boolean }): object {
  const { owner, isReady } = options;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace: 'shop',
      uid: `77-${containerCount++}`,
      ...(owner === undefined
        ? {}
        : { ownerReferences: [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: owner }] }),
    },
    spec: { containers: [{ image: 'busybox:1', name: 'main' }], nodeName: `node-${containerCount % 3}` },
    status: {
      phase: isReady ? 'Running' : 'Pending',
      conditions: [{ type: 'Ready', status: isReady ? 'True' : 'False' }],
      podIP: `10.0.0.${containerCount}`,
    },
  };
}

export function kubernetesList(...items: readonly object[]): string {
  return JSON.stringify(
    { apiVersion: 'v1', items, kind: 'List', metadata: { resourceVersion: '' } },
    null,
    4,
  );
}
