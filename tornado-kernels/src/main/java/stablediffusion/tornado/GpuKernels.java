package stablediffusion.tornado;

import stablediffusion.model.Remedy;
import stablediffusion.model.UserException;
import stablediffusion.tornado.kernels.ConvolutionParameters;
import stablediffusion.tornado.kernels.GpuAttention;
import stablediffusion.tornado.kernels.GpuProducts;
import uk.ac.manchester.tornado.api.WorkerGrid;
import uk.ac.manchester.tornado.api.WorkerGrid2D;

import java.util.List;

/** Adds the kernels for GPUs: the work-items of a work-group compute a block together, through local memory. */
final class GpuKernels extends FloatKernels {
    static final BlockSizes.Choices CHOICES = new BlockSizes.Choices(
            List.of(new BlockSize(128, 64), new BlockSize(64, 64), new BlockSize(64, 128), new BlockSize(128, 128)), List.of(64, 32, 16));

    /** Blocks are halved down to this size as long as there are fewer blocks than multiprocessors. */
    private static final int SMALLEST = 64;
    /** The widest head for which a work-item has registers for the sums of several queries. */
    private static final int WIDE_HEAD = 160;

    private final BlockSizes sizes;
    private final int multiprocessors;

    /** @param multiprocessors number of multiprocessors of the device, each of which should get a work-group */
    GpuKernels(BlockSizes sizes, int multiprocessors) {
        requireMultipleOfEdge(sizes.linear().rows());
        requireMultipleOfEdge(sizes.linear().columns());
        requireMultipleOfEdge(sizes.convolution().rows());
        requireMultipleOfEdge(sizes.convolution().columns());
        requireMultipleOfEdge(sizes.queries());
        this.sizes = sizes;
        this.multiprocessors = multiprocessors;
    }

    private static void requireMultipleOfEdge(int size) {
        if (size % GpuProducts.EDGE != 0) {
            throw new UserException("block sizes of GPUs are multiples of " + GpuProducts.EDGE + ", not " + size, Remedy.TUNE_AGAIN);
        }
    }

    @Override
    int lanes() {
        return 128;
    }

    @Override
    public String remark() {
        return sizes.equals(CHOICES.usual()) ? "" : ", tuned";
    }

    @Override
    void product(TaskGraphBuilder builder, String layer, ProductArguments p) {
        BlockSize block = fitting(p.parameters(), p.rows(), p.out());
        int edge = GpuProducts.EDGE;
        int ownRows = block.rows() / edge;
        int ownColumns = block.columns() / edge;
        WorkerGrid grid = new WorkerGrid2D(Math.ceilDiv(p.out(), block.columns()) * edge, Math.ceilDiv(p.rows(), block.rows()) * edge);
        grid.setLocalWork(edge, edge, 1);
        builder.task(layer, grid, p.offsets(), (graph, id, offsets) -> switch (builder.matrices()) {
            case Matrices.Fp32 fp32 -> graph.task(
                    id, GpuProducts::product, builder.context(), builder.fp32Arena(), fp32.array(), builder.vectors(), offsets,
                    p.batch(), p.inHeight(), p.inWidth(), p.in(), p.outHeight(), p.outWidth(), p.out(), p.parameters(), ownRows,
                    ownColumns);
            case Matrices.Fp16 fp16 -> graph.task(
                    id, GpuProducts::productFp16, builder.context(), builder.fp32Arena(), fp16.array(), builder.vectors(), offsets,
                    p.batch(), p.inHeight(), p.inWidth(), p.in(), p.outHeight(), p.outWidth(), p.out(), p.parameters(), ownRows,
                    ownColumns);
        });
    }

    private BlockSize fitting(int parameters, int rows, int columns) {
        BlockSize block = ConvolutionParameters.kernelSize(parameters) == 1 ? sizes.linear() : sizes.convolution();
        while (groups(block, rows, columns) < multiprocessors && Math.max(block.rows(), block.columns()) > SMALLEST) {
            block = block.columns() >= block.rows() ? new BlockSize(block.rows(), block.columns() / 2)
                    : new BlockSize(block.rows() / 2, block.columns());
        }
        return block;
    }

    private static int groups(BlockSize block, int rows, int columns) {
        return Math.ceilDiv(rows, block.rows()) * Math.ceilDiv(columns, block.columns());
    }

    @Override
    void attention(TaskGraphBuilder builder, String layer, AttentionArguments a) {
        int edge = GpuAttention.EDGE;
        int share = a.head() > WIDE_HEAD ? 1 : sizes.queries() / edge;
        WorkerGrid grid = new WorkerGrid2D(Math.ceilDiv(a.queries(), edge * share) * edge, a.batch() * a.heads() * edge);
        grid.setLocalWork(edge, edge, 1);
        builder.task(layer, grid, a.offsets(), (graph, id, offsets) -> graph.task(
                id, GpuAttention::attend, builder.context(), builder.fp32Arena(), offsets,
                a.queries(), a.keys(), a.heads(), a.head(), a.causal() ? 1 : 0,
                share, Math.ceilDiv(a.head(), edge)));
    }
}
