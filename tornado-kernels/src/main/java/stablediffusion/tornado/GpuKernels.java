package stablediffusion.tornado;

import stablediffusion.model.graph.Fusion;
import stablediffusion.model.graph.Operation;
import stablediffusion.model.graph.Shape;
import stablediffusion.tornado.kernels.ConvolutionParameters;
import stablediffusion.tornado.kernels.GpuAttention;
import stablediffusion.tornado.kernels.GpuNormalization;
import stablediffusion.tornado.kernels.GpuProducts;
import stablediffusion.tornado.kernels.GpuRows;
import uk.ac.manchester.tornado.api.WorkerGrid;
import uk.ac.manchester.tornado.api.WorkerGrid2D;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** Adds the kernels for GPUs: the work-items of a work-group compute a block together, through local memory. */
final class GpuKernels extends FloatKernels {
    /** Sums have names in the kernels, so there is one size. */
    static final BlockSizes.Choices CHOICES =
            new BlockSizes.Choices(List.of(new BlockSize(GpuProducts.ROWS, GpuProducts.COLUMNS)), List.of(GpuAttention.QUERIES));

    /** Linear layers of so few rows are bound by reading their weights. */
    private static final int FEW_ROWS = 8;
    /** Work-groups that each multiprocessor should get of a product that is cut into slices, so that one computes while another loads. */
    private static final int GROUPS = 2;
    /** The least number of steps for which a slice's sums are worth the memory that they go through. */
    private static final int SHORTEST_SLICE = 8;
    private final int multiprocessors;

    /** @param multiprocessors number of multiprocessors of the device, each of which should get work-groups */
    GpuKernels(int multiprocessors) {
        this.multiprocessors = multiprocessors;
    }

    @Override
    int lanes() {
        return 128;
    }

    @Override
    public Set<Fusion.Rule> rules() {
        Set<Fusion.Rule> rules = EnumSet.copyOf(super.rules());
        rules.add(Fusion.Rule.GEGLU);
        return rules;
    }

    @Override
    public TaskRequirements requirements(Operation operation) {
        TaskRequirements usual = super.requirements(operation);
        return switch (operation) {
            case Operation.Linear linear -> requirements(usual, linear.input().shape(), linear.output().shape(), 1);
            case Operation.Convolution convolution ->
                    requirements(usual, convolution.input().shape(), convolution.output().shape(), convolution.kernel());
            case Operation.GatedLinear _ -> usual.withStatistics(1);
            case Operation.GroupNorm norm -> usual.withStatistics(GroupNormGrid.of(norm, multiprocessors).statistics());
            default -> usual;
        };
    }

    private TaskRequirements requirements(TaskRequirements usual, Shape in, Shape out, int kernel) {
        int slices = slices(out.rows(), in.channels(), out.channels(), kernel);
        // The kernel takes the array even where it stores no partial sums.
        return slices == 1 ? usual.withStatistics(1) : usual.withTasks(2).withStatistics(slices * out.size());
    }

    @Override
    void product(TaskGraphBuilder builder, String layer, ProductArguments p) {
        if (fewRows(p)) {
            rows(builder, layer, p);
        } else {
            blocks(builder, layer, p);
        }
    }

    private static boolean fewRows(ProductArguments p) {
        return ConvolutionParameters.kernelSize(p.parameters()) == 1 && p.rows() <= FEW_ROWS && !p.gated();
    }

    private static void rows(TaskGraphBuilder builder, String layer, ProductArguments p) {
        WorkerGrid grid = new WorkerGrid2D(Math.ceilDiv(p.out(), GpuRows.EDGE) * GpuRows.EDGE, p.rows() * GpuRows.EDGE);
        grid.setLocalWork(GpuRows.EDGE, GpuRows.EDGE, 1);
        builder.task(layer, grid, p.offsets(), (graph, id, offsets) -> graph.task(
                id, GpuRows::product, builder.context(), builder.fp32Arena(), builder.fp32OrNone(), builder.fp16OrNone(),
                builder.vectors(), offsets, fp16(builder), p.outHeight() * p.outWidth(), p.in(), p.out(), p.parameters()));
    }

    private void blocks(TaskGraphBuilder builder, String layer, ProductArguments p) {
        int kernel = ConvolutionParameters.kernelSize(p.parameters());
        int slices = p.gated() ? 1 : slices(p.rows(), p.in(), p.out(), kernel);
        int columns = p.gated() ? GpuProducts.COLUMNS / 2 : GpuProducts.COLUMNS;
        WorkerGrid grid = new WorkerGrid2D(
                Math.ceilDiv(p.out(), columns) * GpuProducts.WIDTH,
                Math.ceilDiv(p.rows(), GpuProducts.ROWS) * slices * GpuProducts.HEIGHT);
        grid.setLocalWork(GpuProducts.WIDTH, GpuProducts.HEIGHT, 1);
        int[] tensors = Arrays.copyOf(p.offsets(), 7);
        tensors[6] = GpuProducts.ROWS / GpuProducts.HEIGHT;
        builder.task(slices == 1 ? layer : layer + " (slices)", grid, tensors, (graph, id, offsets) -> graph.task(
                id, GpuProducts::product, builder.context(), builder.fp32Arena(), builder.fp32OrNone(), builder.fp16OrNone(),
                builder.vectors(), builder.statistics(), offsets, fp16(builder), p.batch(), p.inHeight(), p.inWidth(), p.in(),
                p.outHeight(), p.outWidth(), p.out(), p.parameters(), slices));
        if (slices > 1) {
            int size = p.rows() * p.out();
            builder.elements(layer, size, lanes(), p.offsets(), (graph, id, offsets) -> graph.task(
                    id, GpuProducts::combine, builder.context(), builder.fp32Arena(), builder.vectors(), builder.statistics(), offsets,
                    p.outHeight() * p.outWidth(), p.out(), p.parameters(), slices, size));
        }
    }

    /** Returns 1 if the matrices are in fp16, else 0. */
    private static int fp16(TaskGraphBuilder builder) {
        return builder.matrices() instanceof Matrices.Fp16 ? 1 : 0;
    }

    /** Returns into how many slices a product's inner dimension is cut, so that each multiprocessor gets work-groups. */
    private int slices(int rows, int in, int out, int kernel) {
        int groups = Math.ceilDiv(rows, GpuProducts.ROWS) * Math.ceilDiv(out, GpuProducts.COLUMNS);
        int steps = kernel * kernel * Math.ceilDiv(in, GpuProducts.DEPTH);
        if (groups >= multiprocessors || kernel == 1 && rows <= FEW_ROWS) {
            return 1;
        }
        return Math.max(1, Math.min(Math.ceilDiv(GROUPS * multiprocessors, groups), steps / SHORTEST_SLICE));
    }

    @Override
    void attention(TaskGraphBuilder builder, String layer, AttentionArguments a) {
        WorkerGrid grid = new WorkerGrid2D(
                Math.ceilDiv(a.queries(), GpuAttention.QUERIES) * GpuAttention.parts(a.head()) * GpuAttention.WIDTH,
                a.batch() * a.heads() * GpuAttention.HEIGHT);
        grid.setLocalWork(GpuAttention.WIDTH, GpuAttention.HEIGHT, 1);
        int[] offsets = Arrays.copyOf(a.offsets(), 6);
        offsets[5] = 8;
        builder.task(layer, grid, offsets, (graph, id, onDevice) -> graph.task(
                id, GpuAttention::attend, builder.context(), builder.fp32Arena(), onDevice,
                a.queries(), a.keys(), a.heads(), a.head(), a.causal() ? 1 : 0, GpuAttention.part(a.head())));
    }

    @Override
    void groupNorm(TaskGraphBuilder builder, Offsets at, Operation.GroupNorm norm) {
        Shape shape = norm.input().shape();
        GroupNormGrid grid = GroupNormGrid.of(norm, multiprocessors);
        String layer = norm.output().name();
        builder.task(layer + " (statistics)", grid.statisticsGrid(), new int[] {at.of(norm.input())}, (tasks, id, offsets) -> tasks.task(
                id, GpuNormalization::groupStatistics, builder.context(), builder.fp32Arena(), builder.statistics(), offsets,
                shape.positions(), shape.channels(), norm.groups(), grid.own(), grid.slices(), grid.length(), grid.width(),
                grid.height()));
        int[] tensors = {
            at.of(norm.input()), at.of(norm.weight()), at.of(norm.bias()), at.of(norm.output()), grid.slices()
        };
        builder.task(layer, grid.scaleGrid(lanes()), tensors, (tasks, id, offsets) -> tasks.task(
                id, GpuNormalization::groupScale, builder.context(), builder.fp32Arena(), builder.vectors(), builder.statistics(),
                offsets, shape.positions(), shape.channels(), norm.groups(), norm.epsilon(), ProductArguments.code(norm.activation()),
                grid.length(), grid.part(), lanes()));
    }
}
