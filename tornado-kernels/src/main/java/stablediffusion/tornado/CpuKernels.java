package stablediffusion.tornado;

import stablediffusion.model.graph.Operation;
import stablediffusion.model.graph.Shape;
import stablediffusion.tornado.kernels.ConvolutionParameters;
import stablediffusion.tornado.kernels.CpuAttention;
import stablediffusion.tornado.kernels.CpuProducts;
import stablediffusion.tornado.kernels.Normalization;
import uk.ac.manchester.tornado.api.WorkerGrid;
import uk.ac.manchester.tornado.api.WorkerGrid2D;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;

import java.util.List;

/** Adds the kernels for devices whose work-items are threads of a CPU: each work-item computes a block alone. */
final class CpuKernels extends FloatKernels {
    /** The usual block and the blocks of its factors take 56 KB: what is in use at a time fits the L1 cache, the sums fit the L2 cache. */
    static final BlockSizes.Choices CHOICES = new BlockSizes.Choices(
            List.of(
                    new BlockSize(64, 128),
                    new BlockSize(32, 128),
                    new BlockSize(128, 128),
                    new BlockSize(32, 64),
                    new BlockSize(64, 64),
                    new BlockSize(128, 64),
                    new BlockSize(64, 256)),
            List.of(64, 16, 32, 128));

    private final BlockSizes sizes;

    CpuKernels(BlockSizes sizes) {
        this.sizes = sizes;
    }

    @Override
    int lanes() {
        return 32;
    }

    @Override
    public String remark() {
        return sizes.equals(CHOICES.usual()) ? "" : ", tuned";
    }

    @Override
    void product(TaskGraphBuilder builder, String layer, ProductArguments p) {
        if (p.gated()) {
            throw new IllegalStateException(layer + ": the kernels for CPUs do not compute GEGLU in the product before it");
        }
        BlockSize block = ConvolutionParameters.kernelSize(p.parameters()) == 1 ? sizes.linear() : sizes.convolution();
        WorkerGrid grid = single(Math.ceilDiv(p.out(), block.columns()), Math.ceilDiv(p.rows(), block.rows()));
        FloatArray weights = builder.fp32();
        builder.task(layer, grid, p.offsets(), (graph, id, offsets) -> graph.task(
                id, CpuProducts::product, builder.context(), builder.fp32Arena(), weights, builder.vectors(), offsets,
                p.batch(), p.inHeight(), p.inWidth(), p.in(), p.outHeight(), p.outWidth(), p.out(), p.parameters(), block.rows(),
                block.columns()));
    }

    @Override
    void attention(TaskGraphBuilder builder, String layer, AttentionArguments a) {
        WorkerGrid grid = single(Math.ceilDiv(a.queries(), sizes.queries()), a.batch() * a.heads());
        builder.task(layer, grid, a.offsets(), (graph, id, offsets) -> graph.task(
                id, CpuAttention::attend, builder.context(), builder.fp32Arena(), offsets,
                a.queries(), a.keys(), a.heads(), a.head(), a.padded(), a.causal() ? 1 : 0, sizes.queries()));
    }

    private static WorkerGrid single(int x, int y) {
        WorkerGrid grid = new WorkerGrid2D(x, y);
        grid.setLocalWork(1, 1, 1);
        return grid;
    }

    @Override
    void groupNorm(TaskGraphBuilder builder, Offsets at, Operation.GroupNorm norm) {
        Shape shape = norm.input().shape();
        String layer = norm.output().name();
        int[] sums = {at.of(norm.input())};
        builder.groups(layer + " (statistics)", shape.batch() * norm.groups(), lanes(), sums, (tasks, id, offsets) -> tasks.task(
                id,
                Normalization::groupStatistics,
                builder.context(),
                builder.fp32Arena(),
                builder.statistics(),
                offsets,
                shape.positions(),
                shape.channels(),
                norm.groups(),
                norm.epsilon(),
                lanes()));
        int[] scales = {
            at.of(norm.input()),
            at.of(norm.weight()),
            at.of(norm.bias()),
            at.of(norm.output())
        };
        builder.elements(layer, shape.size(), lanes(), scales, (tasks, id, offsets) -> tasks.task(
                id,
                Normalization::groupScale,
                builder.context(),
                builder.fp32Arena(),
                builder.vectors(),
                builder.statistics(),
                offsets,
                shape.positions(),
                shape.channels(),
                norm.groups(),
                ProductArguments.code(norm.activation()),
                shape.size()));
    }
}
