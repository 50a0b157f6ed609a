package stablediffusion.model.tiles;

import stablediffusion.model.engine.Engine;
import stablediffusion.model.engine.Executable;
import stablediffusion.model.engine.MemoryNeed;
import stablediffusion.model.engine.Tensor;
import stablediffusion.model.graph.Activation;
import stablediffusion.model.graph.Graph;
import stablediffusion.model.graph.Operation.GroupNorm;
import stablediffusion.model.graph.Shape;
import stablediffusion.model.graph.Value;
import stablediffusion.model.tiles.StoredActivation.Affine;
import stablediffusion.model.tiles.StoredActivation.Moments;
import stablediffusion.model.weights.Weights;

import java.lang.foreign.Arena;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Runs a network of convolutions and group normalizations, such as the VAE's decoder or encoder, in overlapping tiles, so that an engine
 * holds the activations of one tile and the weights of a few layers.
 *
 * <p>Decoding each tile alone does not give the same picture: group normalization takes its statistics over all pixels, and tiles with
 * statistics of their own differ in colour and contrast (by some 30 dB, however wide the overlap). So the network is run {@link Stage} by
 * stage, each in tiles that overlap by as much as its convolutions reach; between stages the whole activation is stored on the host in
 * fp16, and its statistics are those of all pixels. The result is the untiled one up to rounding.
 *
 * <p>The memory that remains is that of the stored activations: for SD v1's decoder at most 1 kB a pixel of the result, where the whole
 * takes 2.5 kB in fp32 and 1.3 kB in fp16. That is memory of the host, so it limits what is saved only where the CPU computes. The Java
 * heap takes some tiles more, until its garbage is collected. Attention, which the VAE has at the latent's size only, is run whole. Weights
 * are loaded again for each run.
 */
public final class TiledExecutable implements Executable {
    private final Graph graph;
    private final Weights weights;
    private final Engine engine;
    private final int edge;
    private final List<Stage> stages;
    /** For each value, the index of the last stage that reads it. */
    private final Map<Value, Integer> lastReaders = new HashMap<>();

    /**
     * Divides a graph into stages; nothing is compiled before it runs.
     *
     * @param graph network for one picture, not a batch; between stages it reads only its inputs and the inputs of group normalizations
     * @param edge edge of a tile, in pixels at the larger of the stage's input and output; a multiple of 4
     */
    public TiledExecutable(Graph graph, Weights weights, Engine engine, int edge) {
        this.graph = graph;
        this.weights = weights;
        this.engine = engine;
        this.edge = edge;
        this.stages = Stage.cut(graph);
        if (edge < 4 || edge % 4 != 0 || graph.output().shape().batch() != 1) {
            throw new IllegalArgumentException("tiles of " + edge + " pixels for " + graph.output().shape());
        }
        for (int i = 0; i < stages.size(); i++) {
            for (Stage.Input input : stages.get(i).inputs()) {
                lastReaders.put(input.stored(), i);
            }
        }
        lastReaders.put(graph.output(), stages.size());
    }

    /** Estimates what a run takes at its most demanding stage, with what is stored on the host. */
    public MemoryNeed memory() {
        MemoryNeed most = new MemoryNeed(0, 0);
        Set<Value> stored = new HashSet<>(graph.inputs());
        for (int i = 0; i < stages.size(); i++) {
            Graph tile = tile(stages.get(i));
            stored.add(stages.get(i).output());
            long host = stored.stream().mapToLong(value -> StoredActivation.bytes(value.shape())).sum();
            long ends = Stream.concat(tile.inputs().stream(), Stream.of(tile.output()))
                    .mapToLong(value -> (long) value.shape().size() * Float.BYTES)
                    .sum();
            MemoryNeed need = engine.memory(tile);
            if (need.total() + host + ends > most.total()) {
                most = new MemoryNeed(need.weights(), need.activations() + host + ends);
            }
            int now = i;
            stored.removeIf(value -> lastReaders.get(value) <= now);
        }
        return most;
    }

    @Override
    public Tensor run(Map<String, Tensor> inputs) {
        Map<Value, StoredActivation> stored = new HashMap<>();
        try {
            for (Value input : graph.inputs()) {
                stored.put(input, stored(inputs.get(input.name())));
            }
            for (int i = 0; i < stages.size(); i++) {
                Stage stage = stages.get(i);
                StoredActivation output = new StoredActivation(stage.output().shape());
                stored.put(stage.output(), output);
                run(stage, stored, output);
                for (Stage.Input input : stage.inputs()) {
                    if (lastReaders.get(input.stored()) == i && stored.containsKey(input.stored())) {
                        stored.remove(input.stored()).close();
                    }
                }
            }
            return stored.get(graph.output()).read();
        } finally {
            stored.values().forEach(StoredActivation::close);
        }
    }

    private void run(Stage stage, Map<Value, StoredActivation> stored, StoredActivation output) {
        Graph tile = tile(stage);
        List<Affine> affines = stage.inputs().stream().map(input -> affine(input, stored.get(input.stored()))).toList();
        Shape whole = stage.inputShape();
        Shape read = tile.inputs().getFirst().shape();
        Shape made = stage.output().shape();
        // Filled anew for each tile: new ones would be garbage of many times the size of what they hold.
        Map<String, Tensor> inputs = new LinkedHashMap<>();
        tile.inputs().forEach(input -> inputs.put(input.name(), new Tensor(input.shape(), new float[input.shape().size()])));
        try (Executable executable = engine.compile(tile, weights)) {
            for (TileRange rows : TileRange.cover(whole.height(), read.height(), stage.halo())) {
                for (TileRange columns : TileRange.cover(whole.width(), read.width(), stage.halo())) {
                    for (int i = 0; i < affines.size(); i++) {
                        StoredActivation input = stored.get(stage.inputs().get(i).stored());
                        input.read(rows.start(), columns.start(), affines.get(i), inputs.get(TileGraph.inputName(i)));
                    }
                    output.write(
                            executable.run(inputs),
                            rows.scaled(made.height(), whole.height()),
                            columns.scaled(made.width(), whole.width()));
                }
            }
        }
    }

    private Graph tile(Stage stage) {
        Shape whole = stage.inputShape();
        int length = stage.output().shape().height() > whole.height() ? edge / 2 : edge;
        return stage.isLocal()
                ? TileGraph.of(graph.name(), stage, Math.min(length, whole.height()), Math.min(length, whole.width()))
                : TileGraph.of(graph.name(), stage, whole.height(), whole.width());
    }

    private static StoredActivation stored(Tensor tensor) {
        Shape shape = tensor.shape();
        StoredActivation activation = new StoredActivation(shape);
        activation.write(tensor, new TileRange(0, 0, shape.height()), new TileRange(0, 0, shape.width()));
        return activation;
    }

    /** Turns group normalization with known statistics into a multiplication and an addition. */
    private Affine affine(Stage.Input input, StoredActivation activation) {
        int channels = input.value().shape().channels();
        if (input.norm().isEmpty()) {
            return Affine.identity(channels);
        }
        GroupNorm norm = input.norm().get();
        if (norm.activation() != Activation.NONE) {
            throw new IllegalArgumentException("tiles are made before fusion, not of " + norm);
        }
        Moments moments = activation.moments(norm.groups());
        try (Arena arena = Arena.ofConfined()) {
            float[] scale = weights.read(norm.weight(), arena).toFloats();
            float[] shift = weights.read(norm.bias(), arena).toFloats();
            float[] scales = new float[channels];
            float[] shifts = new float[channels];
            for (int c = 0; c < channels; c++) {
                int group = c / (channels / norm.groups());
                double factor = scale[c] / Math.sqrt(moments.variance()[group] + norm.epsilon());
                scales[c] = (float) factor;
                shifts[c] = (float) (shift[c] - moments.mean()[group] * factor);
            }
            return new Affine(scales, shifts);
        }
    }

    @Override
    public void close() {
        // Each run frees what it took.
    }
}
