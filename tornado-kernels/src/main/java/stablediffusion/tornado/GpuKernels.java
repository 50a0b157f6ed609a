package stablediffusion.tornado;

import stablediffusion.model.Remedy;
import stablediffusion.model.UserException;
import stablediffusion.tornado.Tiles.Tile;
import stablediffusion.tornado.kernels.GpuAttention;
import stablediffusion.tornado.kernels.GpuProducts;
import stablediffusion.tornado.kernels.Window;
import uk.ac.manchester.tornado.api.WorkerGrid;
import uk.ac.manchester.tornado.api.WorkerGrid2D;

import java.util.List;

/** Kernels for GPUs: a work-group shares a tile through local memory. */
final class GpuKernels implements KernelSet {
    static final Tiles.Choices CHOICES = new Tiles.Choices(
            List.of(new Tile(128, 64), new Tile(64, 64), new Tile(64, 128), new Tile(128, 128)), List.of(64, 32, 16));

    /** Tiles are made smaller down to this, where larger ones would leave a part of the device without work. */
    private static final int SMALLEST = 64;
    /** The widest head for which a work-item has registers for the sums of several queries. */
    private static final int WIDE_HEAD = 160;

    private final Tiles tiles;
    private final int multiprocessors;

    /** @param multiprocessors of the device, each of which should get a work-group */
    GpuKernels(Tiles tiles, int multiprocessors) {
        requireSixteens(tiles.linear().rows());
        requireSixteens(tiles.linear().columns());
        requireSixteens(tiles.convolution().rows());
        requireSixteens(tiles.convolution().columns());
        requireSixteens(tiles.queries());
        this.tiles = tiles;
        this.multiprocessors = multiprocessors;
    }

    private static void requireSixteens(int size) {
        if (size % GpuProducts.EDGE != 0) {
            throw new UserException("tiles of GPUs are multiples of " + GpuProducts.EDGE + ", not " + size, Remedy.TUNE_AGAIN);
        }
    }

    @Override
    public int lanes() {
        return 128;
    }

    @Override
    public String remark() {
        return tiles.equals(CHOICES.usual()) ? "" : ", tuned";
    }

    @Override
    public void product(TaskGraphBuilder builder, String layer, Product p) {
        Tile tile = fitting(p.window(), p.rows(), p.out());
        int edge = GpuProducts.EDGE;
        int ownRows = tile.rows() / edge;
        int ownColumns = tile.columns() / edge;
        WorkerGrid grid = new WorkerGrid2D(Math.ceilDiv(p.out(), tile.columns()) * edge, Math.ceilDiv(p.rows(), tile.rows()) * edge);
        grid.setLocalWork(edge, edge, 1);
        builder.task(layer, grid, p.places(), (graph, id, places) -> switch (builder.matrices()) {
            case Matrices.Floats floats -> graph.task(
                    id, GpuProducts::product, builder.context(), builder.arena(), floats.array(), builder.vectors(), places,
                    p.batch(), p.inHeight(), p.inWidth(), p.in(), p.outHeight(), p.outWidth(), p.out(), p.window(), ownRows, ownColumns);
            case Matrices.Halves halves -> graph.task(
                    id, GpuProducts::productOfHalves, builder.context(), builder.arena(), halves.array(), builder.vectors(), places,
                    p.batch(), p.inHeight(), p.inWidth(), p.in(), p.outHeight(), p.outWidth(), p.out(), p.window(), ownRows, ownColumns);
        });
    }

    private Tile fitting(int window, int rows, int columns) {
        Tile tile = Window.edge(window) == 1 ? tiles.linear() : tiles.convolution();
        while (groups(tile, rows, columns) < multiprocessors && Math.max(tile.rows(), tile.columns()) > SMALLEST) {
            tile = tile.columns() >= tile.rows() ? new Tile(tile.rows(), tile.columns() / 2) : new Tile(tile.rows() / 2, tile.columns());
        }
        return tile;
    }

    private static int groups(Tile tile, int rows, int columns) {
        return Math.ceilDiv(rows, tile.rows()) * Math.ceilDiv(columns, tile.columns());
    }

    @Override
    public void attention(TaskGraphBuilder builder, String layer, Attend a) {
        int edge = GpuAttention.EDGE;
        int share = a.head() > WIDE_HEAD ? 1 : tiles.queries() / edge;
        WorkerGrid grid = new WorkerGrid2D(Math.ceilDiv(a.queries(), edge * share) * edge, a.batch() * a.heads() * edge);
        grid.setLocalWork(edge, edge, 1);
        builder.task(layer, grid, a.places(), (graph, id, places) -> graph.task(
                id, GpuAttention::attend, builder.context(), builder.arena(), places,
                a.queries(), a.keys(), a.heads(), a.head(), a.causal() ? 1 : 0,
                share, Math.ceilDiv(a.head(), edge)));
    }
}
