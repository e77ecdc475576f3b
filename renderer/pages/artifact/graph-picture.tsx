import { useTranslation } from 'react-i18next';
import type { ArtifactPlace } from '../../api/artifacts.ts';
import type { ArtifactGraph } from '../../api/types.ts';
import { shortDigest } from '../../ui/format.ts';
import { ArtifactLink } from '../../ui/links.tsx';
import { nameOfNode, typeOfNode } from './graph-facts.ts';
import { type GraphLayout, layOut, nodeHeight, nodeWidth, type PlacedNode } from './graph-layout.ts';
import { NodeIcon } from './node-icon.tsx';

/** Drawn for the eye: the table below it says the same to the keyboard and to screen readers. */
export function GraphPicture({ graph, place }: { graph: ArtifactGraph; place: ArtifactPlace }) {
  const { t } = useTranslation();
  const layout = layOut(graph);
  return (
    <>
      <div className="b-graph" aria-hidden>
        <div className="b-graph-canvas" style={{ width: layout.width, height: layout.height }}>
          <Lines layout={layout} />
          {layout.nodes.map((placed) => (
            <Node key={placed.node.digest} placed={placed} place={place} />
          ))}
        </div>
      </div>
      {layout.hidden > 0 && (
        <p className="b-dim b-graph-note">{t('artifact.graphHidden', { count: layout.hidden })}</p>
      )}
    </>
  );
}

function Node({ placed, place }: { placed: PlacedNode; place: ArtifactPlace }) {
  const { t } = useTranslation();
  const { node, depth } = placed;
  const style = { left: placed.x, top: placed.y, width: nodeWidth, height: nodeHeight };
  const words = (
    <>
      <NodeIcon node={node} />
      <span className="b-node-words">
        <strong className="b-cut">{depth === 0 ? t('artifact.relation.this') : nameOfNode(node, t)}</strong>
        <span className="b-dim b-cut">
          {depth === 0 ? nameOfNode(node, t) : node.stored ? typeOfNode(node) : t('artifact.notHere')}
        </span>
      </span>
      <code className="b-dim">{shortDigest(node.digest, 6)}</code>
    </>
  );
  return (
    <div
      className="b-node"
      style={style}
      data-this={depth === 0 || undefined}
      data-absent={!node.stored || undefined}
    >
      {depth !== 0 && node.stored ? (
        <ArtifactLink {...place} digest={node.digest} tabIndex={-1} className="b-node-link">
          {words}
        </ArtifactLink>
      ) : (
        <span className="b-node-link">{words}</span>
      )}
    </div>
  );
}

/** From side to side, dashed where something refers, solid where an index lists. */
function Lines({ layout }: { layout: GraphLayout }) {
  return (
    <svg width={layout.width} height={layout.height} focusable="false">
      {layout.lines.map(({ from, to, kind }) => {
        const [left, right] = from.x <= to.x ? [from, to] : [to, from];
        const [x1, y1] = [left.x + nodeWidth, left.y + nodeHeight / 2];
        const [x2, y2] = [right.x, right.y + nodeHeight / 2];
        const middle = (x1 + x2) / 2;
        return (
          <path
            key={`${from.node.digest} ${to.node.digest} ${kind}`}
            d={`M ${x1} ${y1} C ${middle} ${y1}, ${middle} ${y2}, ${x2} ${y2}`}
            data-kind={kind}
          />
        );
      })}
    </svg>
  );
}
