package stablediffusion.tornado;

import stablediffusion.tornado.Tiles.Tile;
import stablediffusion.tornado.kernels.CpuAttention;
import stablediffusion.tornado.kernels.CpuProducts;
import stablediffusion.tornado.kernels.Window;
import uk.ac.manchester.tornado.api.WorkerGrid;
import uk.ac.manchester.tornado.api.WorkerGrid2D;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;

import java.util.List;

/** Kernels for devices whose work-items are threads of a CPU: each computes a tile alone. */
final class CpuKernels implements KernelSet {
    /** With its factors, the usual tile takes 56 KB: what is in use fits a first-level cache, the sums the second. */
    static final Tiles.Choices CHOICES = new Tiles.Choices(
            List.of(
                    new Tile(64, 128),
                    new Tile(32, 128),
                    new Tile(128, 128),
                    new Tile(32, 64),
                    new Tile(64, 64),
                    new Tile(128, 64),
                    new Tile(64, 256)),
            List.of(64, 16, 32, 128));

    private final Tiles tiles;

    CpuKernels(Tiles tiles) {
        this.tiles = tiles;
    }

    @Override
    public int lanes() {
        return 32;
    }

    @Override
    public String remark() {
        return tiles.equals(CHOICES.usual()) ? "" : ", tuned";
    }

    @Override
    public void product(TaskGraphBuilder builder, String layer, Product p) {
        Tile tile = Window.edge(p.window()) == 1 ? tiles.linear() : tiles.convolution();
        WorkerGrid grid = single(Math.ceilDiv(p.out(), tile.columns()), Math.ceilDiv(p.rows(), tile.rows()));
        FloatArray weights = builder.floats();
        builder.task(layer, grid, p.places(), (graph, id, places) -> graph.task(
                id, CpuProducts::product, builder.context(), builder.arena(), weights, builder.vectors(), places,
                p.batch(), p.inHeight(), p.inWidth(), p.in(), p.outHeight(), p.outWidth(), p.out(), p.window(), tile.rows(), tile.columns()));
    }

    @Override
    public void attention(TaskGraphBuilder builder, String layer, Attend a) {
        WorkerGrid grid = single(Math.ceilDiv(a.queries(), tiles.queries()), a.batch() * a.heads());
        builder.task(layer, grid, a.places(), (graph, id, places) -> graph.task(
                id, CpuAttention::attend, builder.context(), builder.arena(), places,
                a.queries(), a.keys(), a.heads(), a.head(), a.padded(), a.causal() ? 1 : 0, tiles.queries()));
    }

    private static WorkerGrid single(int x, int y) {
        WorkerGrid grid = new WorkerGrid2D(x, y);
        grid.setLocalWork(1, 1, 1);
        return grid;
    }
}
