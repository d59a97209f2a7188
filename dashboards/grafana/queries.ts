/** A dashboard as Grafana's classic JSON has it; of it only what asks Prometheus. */
export interface DashboardFile {
  readonly uid: string;
  readonly title: string;
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly { readonly name: string; readonly type: string }[] };
}

interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly datasource?: { readonly type: string; readonly uid: string };
  readonly targets?: readonly { readonly refId: string; readonly expr: string }[];
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
}

/** One query of one panel. */
export interface PanelQuery {
  readonly title: string;
  readonly expression: string;
}

/** Every query of a dashboard as Grafana would send it. Throws for a variable that has no value here. */
export function queriesOf(
  { panels }: DashboardFile,
  variables: Readonly<Record<string, string>>,
): readonly PanelQuery[] {
  return panels.flatMap(({ title, targets = [] }) =>
    targets.map(({ expr }) => ({ title, expression: withValues(expr, variables) })),
  );
}

function withValues(expression: string, variables: Readonly<Record<string, string>>): string {
  return expression.replaceAll(/\$\{?(\w+)\}?/g, (_, name: string) => {
    const value = variables[name];
    if (value === undefined) throw new Error(`${expression}: no value for $${name}`);
    return value;
  });
}
