package stablediffusion.tornado;

import stablediffusion.model.Precision;
import stablediffusion.model.graph.Fusion;
import stablediffusion.model.graph.Operation;
import stablediffusion.model.graph.Shape;
import stablediffusion.model.graph.Value;
import stablediffusion.tornado.kernels.AsyncProducts;
import stablediffusion.tornado.kernels.HalfElementwise;
import stablediffusion.tornado.kernels.HalfEmbeddings;
import stablediffusion.tornado.kernels.HalfNormalization;
import stablediffusion.tornado.kernels.RegisterProducts;
import stablediffusion.tornado.kernels.TensorCoreAttention;
import stablediffusion.tornado.kernels.TensorCoreProducts;
import uk.ac.manchester.tornado.api.TaskGraph;
import uk.ac.manchester.tornado.api.WorkerGrid;
import uk.ac.manchester.tornado.api.WorkerGrid2D;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * Adds kernels for NVIDIA's GPUs with tensor cores: activations and weights in fp16, sums and statistics in 32 bits.
 */
final class TensorCoreKernels implements KernelSet {
    private static final int LANES = 128;
    /** Work-items of a work-group that normalizes, and elements that it maps. */
    private static final int NORM_LANES = 256;
    private static final int NORM_CHUNK = 4096;
    /** Work-items that normalize a group of channels in one task. */
    private static final int GROUP_LANES = 512;
    /** Elements of a group that is normalized in one task, at most. */
    private static final int LARGEST_GROUP = 1 << 16;
    /** Work-groups that normalize or copy rows, for each multiprocessor. */
    private static final int ROW_GROUPS = 8;
    /** The least number of positions that a work-group sums, so that the partial sums are few. */
    private static final int SHORTEST_SLICE = 16;
    /** Work-groups of a product or of attention that each multiprocessor gets; they compute one block after the other. */
    private static final int GROUPS = 2;
    /** As large as two work-groups fit on a multiprocessor: four warps with up to 255 registers each. */
    private static final BlockSize LARGE = new BlockSize(128, 64);
    private static final BlockSize SMALL = new BlockSize(64, 64);

    /** Names the backends of TornadoVM that have tensor cores. */
    enum Backend {
        /** Copies to local memory asynchronously. */
        CUDA,
        /** Copies through registers, and rounds to fp16 by dividing. */
        PTX
    }

    private final int multiprocessors;
    private final Backend backend;

    /** @param multiprocessors number of multiprocessors of the device, each of which should get work-groups */
    TensorCoreKernels(int multiprocessors, Backend backend) {
        this.multiprocessors = multiprocessors;
        this.backend = backend;
    }

    @Override
    public Precision activations() {
        return Precision.F16;
    }

    @Override
    public Set<Fusion.Rule> rules() {
        return EnumSet.allOf(Fusion.Rule.class);
    }

    @Override
    public TaskRequirements requirements(Operation operation) {
        TaskRequirements usual = TaskRequirements.of(operation);
        return switch (operation) {
            case Operation.Linear linear ->
                    usual.withStatistics(productScratch(linear.output().shape().rows(), linear.output().shape().channels()));
            case Operation.Convolution convolution ->
                    usual.withStatistics(
                            productScratch(convolution.output().shape().rows(), convolution.output().shape().channels()));
            case Operation.GatedLinear gated ->
                    usual.withStatistics(productScratch(gated.output().shape().rows(), 2 * gated.output().shape().channels()));
            case Operation.Attention attention ->
                    usual.withStatistics(attentionGroups(attention) * TensorCoreAttention.scratch(chunk(attention.headChannels())));
            case Operation.GroupNorm norm ->
                    isOneTask(norm) ? usual.withTasks(1).withStatistics(0) : usual.withStatistics(usual.statistics() * slices(norm));
            // @formatter:off
            case Operation.LayerNorm _,
                    Operation.Geglu _,
                    Operation.Activate _,
                    Operation.Add _,
                    Operation.AddBatchBias _,
                    Operation.Concat _,
                    Operation.Upsample _,
                    Operation.TimestepEmbedding _,
                    Operation.TokenEmbedding _ -> usual;
            // @formatter:on
        };
    }

    @Override
    public void load(TaskGraphBuilder builder, String name, FloatArray input, int offset) {
        int size = input.getSize();
        builder.elements(name, size, LANES, new int[] {offset},
                (tasks, id, offsets) -> tasks.task(id, HalfElementwise::load, builder.context(), input, builder.fp16Arena(), offsets,
                        size));
    }

    @Override
    public void store(TaskGraphBuilder builder, String name, int offset, FloatArray output) {
        int size = output.getSize();
        builder.elements(name, size, LANES, new int[] {offset},
                (tasks, id, offsets) -> tasks.task(id, HalfElementwise::store, builder.context(), builder.fp16Arena(), output, offsets,
                        size));
    }

    @Override
    public void add(TaskGraphBuilder builder, Offsets at, Operation operation) {
        String name = operation.output().name();
        switch (operation) {
            case Operation.Convolution convolution -> product(builder, at, name, List.of(ProductArguments.of(at, convolution)), 0);
            case Operation.Linear linear -> product(builder, at, name, List.of(ProductArguments.of(at, linear)), 0);
            case Operation.GatedLinear gated ->
                    product(builder, at, name, List.of(ProductArguments.of(at, gated)), TensorCoreProducts.GATED);
            case Operation.GroupNorm norm -> add(builder, at, norm);
            case Operation.LayerNorm norm -> add(builder, at, norm);
            case Operation.Attention attention -> add(builder, at, attention);
            case Operation.Geglu geglu ->
                    elements(builder, geglu, at.of(geglu.input(), geglu.output()), (tasks, id, arena, offsets, size) -> tasks.task(
                            id, HalfElementwise::geglu, builder.context(), arena, offsets, geglu.output().shape().channels(), size));
            case Operation.Activate activate ->
                    elements(builder, activate, at.of(activate.input(), activate.output()), (tasks, id, arena, offsets, size) -> tasks.task(
                            id, HalfElementwise::activate, builder.context(), arena, offsets, ProductArguments.code(activate.activation()),
                            size));
            case Operation.Add sum ->
                    elements(builder, sum, at.of(sum.left(), sum.right(), sum.output()), (tasks, id, arena, offsets, size) -> tasks.task(
                            id, HalfElementwise::sum, builder.context(), arena, offsets, size));
            case Operation.AddBatchBias sum ->
                    elements(builder, sum, at.of(sum.input(), sum.batchBias(), sum.output()),
                            (tasks, id, arena, offsets, size) -> tasks.task(
                                    id, HalfElementwise::sumBatchBias, builder.context(), arena, offsets, sum.output().shape().positions(),
                                    sum.output().shape().channels(), size));
            case Operation.Concat concat -> add(builder, at, concat);
            case Operation.Upsample upsample -> add(builder, at, upsample);
            case Operation.TimestepEmbedding embedding -> add(builder, at, embedding);
            case Operation.TokenEmbedding embedding -> add(builder, at, embedding);
        }
    }

    @Override
    public boolean joinsSiblings() {
        return true;
    }

    @Override
    public TaskRequirements requirements(List<Operation.Linear> siblings) {
        Operation.Linear first = siblings.getFirst();
        int[] columns = siblings.stream().mapToInt(layer -> layer.output().shape().channels()).toArray();
        return TaskRequirements.of(first).withStatistics(productScratch(first.output().shape().rows(), columns));
    }

    @Override
    public void add(TaskGraphBuilder builder, Offsets at, List<Operation.Linear> siblings) {
        String name = siblings.getFirst().output().name() + " to " + siblings.getLast().output().name();
        product(builder, at, name, siblings.stream().map(layer -> ProductArguments.of(at, layer)).toList(), 0);
    }

    /** @param layers linear layers of one input, or a convolution */
    private void product(TaskGraphBuilder builder, Offsets at, String name, List<ProductArguments> layers, int gated) {
        ProductArguments p = layers.getFirst();
        int factor = gated == 0 ? 1 : 2;
        int[] columns = layers.stream().mapToInt(layer -> factor * layer.out()).toArray();
        BlockSize block = block(p.rows(), columns);
        int groups = groups();
        int properties = gated
                + (p.in() % 32 == 0 ? TensorCoreProducts.WHOLE_DEPTH : 0)
                + (p.in() % 2 == 0 ? TensorCoreProducts.EVEN_IN : 0)
                + (layers.stream().allMatch(layer -> layer.out() % 2 == 0) ? TensorCoreProducts.EVEN_OUT : 0);
        int[] offsets = Arrays.copyOf(p.offsets(), TensorCoreProducts.LAYERS + TensorCoreProducts.LAYER * layers.size());
        int across = 0;
        for (int i = 0; i < layers.size(); i++) {
            ProductArguments layer = layers.get(i);
            int[] own = {across, layer.weight(), layer.bias(), layer.output(), layer.out()};
            System.arraycopy(own, 0, offsets, TensorCoreProducts.LAYERS + TensorCoreProducts.LAYER * i, own.length);
            across += Math.ceilDiv(columns[i], block.columns());
        }
        int[] sizes = {
            p.batch(), p.inHeight(), p.inWidth(), p.in(), p.outHeight(), p.outWidth(), across, at.zeros(), TensorCoreProducts.WARP_ROWS,
            groups, layers.size()
        };
        System.arraycopy(sizes, 0, offsets, 6, sizes.length);
        int items = TensorCoreProducts.items(block.rows(), block.columns());
        Object kernel = List.of("product", p.parameters(), properties, block);
        builder.task(name, kernel, grid(items, groups), offsets, (graph, id, onDevice) -> switch (backend) {
            case CUDA ->
                    graph.task(id, AsyncProducts::product, builder.context(), builder.fp16Arena(), builder.fp16(), builder.vectors(),
                            builder.statistics(), onDevice, p.parameters(), properties, block.rows(), block.columns());
            case PTX ->
                    graph.task(id, RegisterProducts::product, builder.context(), builder.fp16Arena(), builder.fp16(), builder.vectors(),
                            builder.statistics(), onDevice, p.parameters(), properties, block.rows(), block.columns());
        });
    }

    /** Returns the large block, if there are enough for all multiprocessors. */
    private BlockSize block(int rows, int... columns) {
        return blocks(LARGE, rows, columns) >= multiprocessors ? LARGE : SMALL;
    }

    private static int blocks(BlockSize block, int rows, int... columns) {
        return Math.ceilDiv(rows, block.rows()) * Arrays.stream(columns).map(own -> Math.ceilDiv(own, block.columns())).sum();
    }

    /** Returns the number of work-groups: always the same, because another grid is compiled on its own. Some may find no block. */
    private int groups() {
        return GROUPS * multiprocessors;
    }

    private int productScratch(int rows, int... columns) {
        BlockSize block = block(rows, columns);
        return Math.min(groups(), blocks(block, rows, columns)) * block.rows() * block.columns();
    }

    private static WorkerGrid grid(int items, int groups) {
        WorkerGrid grid = new WorkerGrid2D(items, groups);
        grid.setLocalWork(items, 1, 1);
        return grid;
    }

    private void add(TaskGraphBuilder builder, Offsets at, Operation.Attention attention) {
        AttentionArguments a = AttentionArguments.of(at, attention);
        int chunk = chunk(a.head());
        int groups = groups();
        int[] offsets = {
            a.query(), a.key(), a.value(), a.output(), a.batch(), a.queries(), a.keys(), a.heads(), at.zeros(), chunk / 16, groups
        };
        Object kernel = List.of("attention", a.head(), a.causal());
        builder.task(attention.output().name(), kernel, grid(TensorCoreAttention.ITEMS, groups), offsets,
                (graph, id, onDevice) -> graph.task(
                        id, TensorCoreAttention::attend, builder.context(), builder.fp16Arena(), builder.statistics(), onDevice, a.head(),
                        chunk,
                        padded(a.head()), a.causal() ? 1 : 0, backend == Backend.PTX ? 1 : 0));
    }

    private int attentionGroups(Operation.Attention attention) {
        int head = attention.headChannels();
        int queryBlocks = Math.ceilDiv(attention.query().shape().positions(), TensorCoreAttention.BLOCK);
        int blocks = attention.query().shape().batch() * attention.heads() * (padded(head) / chunk(head)) * queryBlocks;
        return Math.min(groups(), blocks);
    }

    private static int padded(int head) {
        return Math.ceilDiv(head, 16) * 16;
    }

    /** Returns the largest number of channels that divides a head and that a work-group has local memory and registers for. */
    private static int chunk(int head) {
        int chunk = TensorCoreAttention.LARGEST_CHUNK;
        while (padded(head) % chunk != 0) {
            chunk -= 16;
        }
        return chunk;
    }

    private void add(TaskGraphBuilder builder, Offsets at, Operation.GroupNorm norm) {
        if (isOneTask(norm)) {
            addOneTask(builder, at, norm);
        } else {
            addSliced(builder, at, norm);
        }
    }

    private static void addOneTask(TaskGraphBuilder builder, Offsets at, Operation.GroupNorm norm) {
        Shape shape = norm.input().shape();
        int activation = ProductArguments.code(norm.activation());
        int groups = shape.batch() * norm.groups();
        int[] tensors = {
            at.of(norm.input()), at.of(norm.weight()), at.of(norm.bias()), at.of(norm.output()), shape.positions(), shape.channels(),
            norm.groups()
        };
        builder.groups(norm.output().name(), List.of("group norm", activation, norm.epsilon(), groups), groups, GROUP_LANES, tensors,
                (tasks, id, offsets) -> tasks.task(
                        id, HalfNormalization::group, builder.context(), builder.fp16Arena(), builder.vectors(), offsets, activation,
                        norm.epsilon(), GROUP_LANES));
    }

    private void addSliced(TaskGraphBuilder builder, Offsets at, Operation.GroupNorm norm) {
        Shape shape = norm.input().shape();
        String layer = norm.output().name();
        int together = together(norm);
        int slices = slices(norm);
        int sums = shape.batch() * norm.groups() / together * slices;
        builder.groups(layer + " (statistics)", sums, NORM_LANES, at.of(norm.input(), norm.input()), (tasks, id, offsets) -> tasks.task(
                id, HalfNormalization::groupSums, builder.context(), builder.fp16Arena(), builder.statistics(), offsets,
                shape.positions(), shape.channels(), norm.groups(), together, slices, NORM_LANES));
        int[] tensors = {
            at.of(norm.input()), at.of(norm.weight()), at.of(norm.bias()), at.of(norm.output())
        };
        int chunks = shape.batch() * Math.ceilDiv(shape.positions() * shape.channels(), NORM_CHUNK);
        builder.groups(layer, chunks, NORM_LANES, tensors, (tasks, id, offsets) -> tasks.task(
                id, HalfNormalization::groupScale, builder.context(), builder.fp16Arena(), builder.vectors(), builder.statistics(), offsets,
                shape.positions(), shape.channels(), norm.groups(), slices, ProductArguments.code(norm.activation()), norm.epsilon(),
                NORM_CHUNK, NORM_LANES));
    }

    /** Returns true if a work-group for each group is enough: it takes about the time that another launch would. */
    private static boolean isOneTask(Operation.GroupNorm norm) {
        Shape shape = norm.input().shape();
        int width = shape.channels() / norm.groups();
        return width <= GROUP_LANES && (long) shape.positions() * width <= LARGEST_GROUP;
    }

    /** Returns how many groups a work-group sums: as many as it has lanes for. */
    private static int together(Operation.GroupNorm norm) {
        int width = norm.input().shape().channels() / norm.groups();
        int together = norm.groups();
        while (together > 1 && (together * width > NORM_LANES || norm.groups() % together != 0)) {
            together--;
        }
        return together;
    }

    /** Returns into how many slices the positions are cut, so that each multiprocessor gets work-groups. */
    private int slices(Operation.GroupNorm norm) {
        Shape shape = norm.input().shape();
        int groups = shape.batch() * norm.groups() / together(norm);
        int wanted = Math.ceilDiv(GROUPS * multiprocessors, groups);
        int slices = Math.clamp(wanted, 1, Math.max(1, shape.positions() / SHORTEST_SLICE));
        // None is empty.
        return Math.ceilDiv(shape.positions(), Math.ceilDiv(shape.positions(), slices));
    }

    private void add(TaskGraphBuilder builder, Offsets at, Operation.LayerNorm norm) {
        Shape shape = norm.input().shape();
        int groups = ROW_GROUPS * multiprocessors;
        int[] tensors = {
            at.of(norm.input()), at.of(norm.weight()), at.of(norm.bias()), at.of(norm.output()), shape.rows(), shape.channels(), groups
        };
        builder.groups(norm.output().name(), List.of("layer norm", norm.epsilon()), groups, LANES, tensors,
                (tasks, id, offsets) -> tasks.task(
                        id, HalfNormalization::layer, builder.context(), builder.fp16Arena(), builder.vectors(), offsets, norm.epsilon(),
                        LANES));
    }

    private void add(TaskGraphBuilder builder, Offsets at, Operation.Concat concat) {
        int groups = ROW_GROUPS * multiprocessors;
        int[] tensors = {
            at.of(concat.left()), at.of(concat.right()), at.of(concat.output()), concat.left().shape().channels(),
            concat.right().shape().channels(), concat.output().shape().rows(), groups
        };
        builder.groups(concat.output().name(), "concat", groups, LANES, tensors, (tasks, id, offsets) -> tasks.task(
                id, HalfElementwise::concatenate, builder.context(), builder.fp16Arena(), offsets, LANES));
    }

    private void add(TaskGraphBuilder builder, Offsets at, Operation.Upsample upsample) {
        Shape in = upsample.input().shape();
        Shape out = upsample.output().shape();
        elements(builder, upsample, at.of(upsample.input(), upsample.output()), (tasks, id, arena, offsets, size) -> tasks.task(
                id, HalfElementwise::enlarge, builder.context(), arena, offsets, in.height(), in.width(), out.height(), out.width(),
                out.channels(), size));
    }

    private void add(TaskGraphBuilder builder, Offsets at, Operation.TimestepEmbedding embedding) {
        int[] tensors = {
            at.of(Frequencies.weight(embedding)), at.of(embedding.output())
        };
        FloatArray timesteps = builder.input(embedding.timesteps());
        elements(builder, embedding, tensors, (tasks, id, arena, offsets, size) -> tasks.task(
                id, HalfEmbeddings::timestep, builder.context(), timesteps, arena, builder.vectors(), offsets,
                embedding.output().shape().channels(), size));
    }

    private void add(TaskGraphBuilder builder, Offsets at, Operation.TokenEmbedding embedding) {
        Shape out = embedding.output().shape();
        int[] tensors = {
            at.of(embedding.tokens()), at.of(embedding.positions()), at.of(embedding.output())
        };
        FloatArray ids = builder.input(embedding.ids());
        elements(builder, embedding, tensors, (tasks, id, arena, offsets, size) -> tasks.task(
                id, HalfEmbeddings::token, builder.context(), ids, arena, builder.fp16(), offsets, out.positions(), out.channels(), size));
    }

    private interface Adding {
        TaskGraph add(TaskGraph tasks, String id, HalfFloatArray arena, IntArray offsets, int size);
    }

    private static void elements(TaskGraphBuilder builder, Operation operation, int[] tensors, Adding adding) {
        Value value = operation.output();
        int size = value.shape().size();
        builder.elements(value.name(), size, LANES, tensors,
                (tasks, id, offsets) -> adding.add(tasks, id, builder.fp16Arena(), offsets, size));
    }
}
