package stablediffusion.tornado;

import stablediffusion.tornado.kernels.AttentionTiles;
import stablediffusion.tornado.kernels.ProductTiles;

import uk.ac.manchester.tornado.api.WorkerGrid;
import uk.ac.manchester.tornado.api.WorkerGrid2D;

/** Kernels for GPUs: a work-group shares a tile through local memory. */
final class TileKernels implements KernelSet {
    /** The widest head for which a work-item has registers for the sums of four queries. */
    private static final int WIDE_HEAD = 160;

    @Override
    public int lanes() {
        return 128;
    }

    @Override
    public void product(Block block, String layer, Product p) {
        int tile = ProductTiles.TILE;
        int edge = ProductTiles.EDGE;
        WorkerGrid grid = new WorkerGrid2D(Math.ceilDiv(p.out(), tile) * edge, Math.ceilDiv(p.rows(), tile) * edge);
        grid.setLocalWork(edge, edge, 1);
        block.task(layer, grid, p.places(), (graph, id, places) -> switch (block.matrices()) {
            case Matrices.Floats floats -> graph.task(
                    id, ProductTiles::product, block.context(), block.arena(), floats.array(), block.vectors(), places,
                    p.batch(), p.inHeight(), p.inWidth(), p.in(), p.outHeight(), p.outWidth(), p.out(), p.window());
            case Matrices.Halves halves -> graph.task(
                    id, ProductTiles::productOfHalves, block.context(), block.arena(), halves.array(), block.vectors(), places,
                    p.batch(), p.inHeight(), p.inWidth(), p.in(), p.outHeight(), p.outWidth(), p.out(), p.window());
        });
    }

    @Override
    public void attention(Block block, String layer, Attend a) {
        int edge = AttentionTiles.EDGE;
        int share = a.head() > WIDE_HEAD ? 1 : 4;
        WorkerGrid grid = new WorkerGrid2D(Math.ceilDiv(a.queries(), edge * share) * edge, a.batch() * a.heads() * edge);
        grid.setLocalWork(edge, edge, 1);
        block.task(layer, grid, a.places(), (graph, id, places) -> graph.task(
                id, AttentionTiles::attend, block.context(), block.arena(), places,
                a.queries(), a.keys(), a.heads(), a.head(), a.causal() ? 1 : 0,
                share, Math.ceilDiv(a.head(), edge)));
    }
}
