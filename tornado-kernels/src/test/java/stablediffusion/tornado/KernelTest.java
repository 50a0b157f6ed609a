package stablediffusion.tornado;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import stablediffusion.model.engine.Tensor;
import stablediffusion.model.graph.GraphBuilder;
import stablediffusion.model.graph.Operation;
import stablediffusion.model.graph.Shape;
import stablediffusion.model.graph.Value;
import stablediffusion.model.testing.RandomNumbers;

import java.util.HashMap;
import java.util.Map;
import java.util.function.BiFunction;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

/**
 * Every operation that a network is made of, at shapes that do and do not fill the kernels' blocks.
 */
class KernelTest {

    /** A network of one input, small enough for the simulator. */
    private static void check(String name, Shape input, BiFunction<GraphBuilder, Value, Value> network) {
        GraphBuilder net = new GraphBuilder(name);
        Value x = net.input("x", input);
        EngineTests.check(net.build(network.apply(net, x)), Map.of("x", RandomNumbers.tensor(input, 1)));
    }

    @ParameterizedTest
    @CsvSource({"1, 1, 1", "2, 4, 4", "3, 5, 7", "33, 32, 128", "70, 37, 130", "65, 100, 4", "2, 320, 129",
        "256, 16, 64", "130, 136, 70"})
    void linear(int rows, int in, int out) {
        check("linear", Shape.sequence(1, rows, in), (net, x) -> net.linear(x, "layer", out));
        check("linear-without-bias", Shape.sequence(1, rows, in), (net, x) -> net.linearWithoutBias(x, "layer", out));
    }

    /** The kernels for tensor cores merge the two. */
    @ParameterizedTest
    @CsvSource({"1, 6, 4", "70, 33, 10", "65, 40, 72"})
    void gatedLinear(int rows, int in, int out) {
        check("gated-linear", Shape.sequence(1, rows, in), (net, x) -> net.geglu(net.linear(x, "layer", 2 * out), "geglu"));
    }

    /** Where a kernel set makes one task of them, blocks of several layers lie side by side. */
    @ParameterizedTest
    @CsvSource({"5, 40, 70, 130, 6", "70, 33, 5, 64, 1", "2, 64, 128, 128, 128"})
    void linearLayersOfOneInput(int rows, int in, int first, int second, int third) {
        check("siblings", Shape.sequence(2, rows, in), (net, x) -> {
            Value alone = net.layerNorm(net.linear(x, "a", first), "norm", 1e-5f);
            return net.concat(net.concat(alone, net.linear(x, "b", second)), net.linear(x, "c", third));
        });
        check("siblings-without-bias", Shape.sequence(2, rows, in), (net, x) -> net.concat(
                net.linearWithoutBias(x, "a", first), net.linearWithoutBias(x, "b", second)));
    }

    @ParameterizedTest
    @CsvSource({
        "1, 1, 1, 4, 4", "2, 5, 7, 3, 6", "1, 8, 8, 32, 33", "2, 6, 6, 40, 20", "1, 9, 4, 4, 130", "2, 9, 10, 16, 70",
    })
    void convolution(int batch, int height, int width, int in, int out) {
        check("convolution", new Shape(batch, height, width, in), (net, x) -> net.convolution(x, "layer", out));
    }

    @ParameterizedTest
    @CsvSource({"1, 8, 8, 5", "2, 6, 10, 4", "1, 7, 5, 3"})
    void downsampling(int batch, int height, int width, int channels) {
        Shape shape = new Shape(batch, height, width, channels);
        check("downsample", shape, (net, x) -> net.downsample(x, "layer", Operation.Padding.SAME));
        check("downsample-after", shape, (net, x) -> net.downsample(x, "layer", Operation.Padding.AFTER));
    }

    @Test
    void upsamplingFoldsIntoTheConvolution() {
        Shape shape = new Shape(2, 3, 5, 6);
        check("upsample", shape, (net, x) -> net.upsample(x));
        check("upsample-odd", shape, (net, x) -> net.upsample(x, 5, 9));
        check("upsample-convolution", shape, (net, x) -> net.convolution(net.upsample(x), "layer", 7));
        check("upsample-odd-convolution", shape, (net, x) -> net.convolution(net.upsample(x, 5, 9), "layer", 7));
    }

    @Test
    void epilogues() {
        Shape shape = new Shape(2, 4, 3, 8);
        check("silu", shape, (net, x) -> net.silu(net.linear(x, "layer", 12)));
        check("quick-gelu", shape, (net, x) -> net.quickGelu(net.linear(x, "layer", 12)));
        check("residual", shape, (net, x) -> net.add(x, net.convolution(x, "layer", 8)));
        check("activation-residual", shape, (net, x) -> net.add(x, net.silu(net.convolution(x, "layer", 8))));
    }

    @Test
    void biasOfEachItemOfTheBatch() {
        Shape shape = new Shape(3, 4, 3, 8);
        Shape vector = Shape.vector(3, 8);
        Map<String, Tensor> inputs = new HashMap<>();
        inputs.put("x", RandomNumbers.tensor(shape, 1));
        inputs.put("vector", RandomNumbers.tensor(vector, 2));
        GraphBuilder fused = new GraphBuilder("batch-bias-fused");
        Value x = fused.input("x", shape);
        Value bias = fused.input("vector", vector);
        EngineTests.check(fused.build(fused.addBatchBias(fused.convolution(x, "layer", 8), bias)), inputs);
        GraphBuilder alone = new GraphBuilder("batch-bias");
        Value y = alone.input("x", shape);
        Value bias2 = alone.input("vector", vector);
        EngineTests.check(alone.build(alone.addBatchBias(y, bias2)), inputs);
    }

    @Test
    void elementwise() {
        Shape shape = new Shape(2, 3, 5, 6);
        check("activate", shape, (net, x) -> net.silu(x));
        check("activate-gelu", shape, (net, x) -> net.quickGelu(x));
        check("sum", shape, (net, x) -> net.add(x, x));
        check("geglu", shape, (net, x) -> net.geglu(x, "layer"));
        check("concat", shape, (net, x) -> net.concat(net.silu(x), net.geglu(x, "layer")));
    }

    @ParameterizedTest
    @CsvSource({"1, 1, 1, 4, 2", "2, 4, 4, 32, 32", "2, 5, 3, 64, 32", "1, 16, 16, 12, 3", "1, 6, 6, 300, 2", "1, 64, 65, 32, 2",
        "1, 2, 2, 1040, 2"})
    void groupNorm(int batch, int height, int width, int channels, int groups) {
        Shape shape = new Shape(batch, height, width, channels);
        check("group-norm", shape, (net, x) -> net.groupNorm(x, "layer", groups, 1e-5f));
        check("group-norm-silu", shape, (net, x) -> net.silu(net.groupNorm(x, "layer", groups, 1e-6f)));
    }

    /** A mean that is large against the spread must not eat the spread's digits. */
    @Test
    void groupNormOfALargeMean() {
        Shape shape = new Shape(1, 8, 8, 8);
        Tensor noise = RandomNumbers.tensor(shape, 1);
        float[] values = new float[shape.size()];
        for (int i = 0; i < values.length; i++) {
            // A spread of 1/8 around 16: a plain sum of squares would leave two digits of the variance.
            values[i] = 16f + noise.values()[i] / 8f;
        }
        GraphBuilder net = new GraphBuilder("group-norm-mean");
        Value x = net.input("x", shape);
        EngineTests.check(net.build(net.groupNorm(x, "layer", 2, 1e-6f)), Map.of("x", new Tensor(shape, values)));
    }

    @ParameterizedTest
    @CsvSource({"1, 1, 4", "2, 7, 40", "1, 3, 130"})
    void layerNorm(int batch, int length, int channels) {
        check("layer-norm", Shape.sequence(batch, length, channels), (net, x) -> net.layerNorm(x, "layer", 1e-5f));
    }

    @ParameterizedTest
    @CsvSource({
        "1, 1, 1, 1, 8", "2, 40, 77, 2, 40", "1, 33, 65, 2, 80", "1, 20, 70, 1, 160", "1, 10, 10, 1, 512", "2, 70, 70, 8, 4",
        "1, 5, 9, 3, 5", "2, 65, 128, 2, 64",
    })
    void attention(int batch, int queries, int keys, int heads, int head) {
        Shape query = Shape.sequence(batch, queries, heads * head);
        Shape key = Shape.sequence(batch, keys, heads * head);
        GraphBuilder net = new GraphBuilder("attention");
        Value attended = net.attention(net.input("q", query), net.input("k", key), net.input("v", key), "layer", heads);
        EngineTests.check(
                net.build(attended),
                Map.of("q", RandomNumbers.tensor(query, 1), "k", RandomNumbers.tensor(key, 2), "v", RandomNumbers.tensor(key, 3)));
    }

    /** The output lies behind the only input: nothing may be read behind its last key, where other work-groups write. */
    @ParameterizedTest
    @ValueSource(ints = {8, 40, 64, 80})
    void selfAttention(int head) {
        Shape shape = Shape.sequence(1, 128, head);
        GraphBuilder net = new GraphBuilder("self-attention");
        Value x = net.input("x", shape);
        EngineTests.check(net.build(net.attention(x, x, x, "layer", 1)), Map.of("x", RandomNumbers.tensor(shape, 1)));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 32, 77, 100})
    void causalAttention(int length) {
        Shape shape = Shape.sequence(2, length, 2 * 64);
        GraphBuilder net = new GraphBuilder("causal-attention");
        Value attended = net.causalAttention(net.input("q", shape), net.input("k", shape), net.input("v", shape), "layer", 2);
        EngineTests.check(
                net.build(attended),
                Map.of("q", RandomNumbers.tensor(shape, 1), "k", RandomNumbers.tensor(shape, 2), "v", RandomNumbers.tensor(shape, 3)));
    }

    /** Scores of hundreds: the running maximum must keep the exponentials in range. */
    @Test
    void attentionOfLargeScores() {
        Shape shape = Shape.sequence(1, 130, 8);
        float[] large = RandomNumbers.tensor(shape, 1).values().clone();
        for (int i = 0; i < large.length; i++) {
            large[i] *= 30;
        }
        GraphBuilder net = new GraphBuilder("attention-large");
        Value attended = net.attention(net.input("q", shape), net.input("k", shape), net.input("v", shape), "layer", 1);
        EngineTests.check(
                net.build(attended),
                Map.of("q", new Tensor(shape, large), "k", RandomNumbers.tensor(shape, 2), "v", RandomNumbers.tensor(shape, 3)));
    }

    @Test
    void timestepEmbedding() {
        GraphBuilder net = new GraphBuilder("timestep");
        Value timesteps = net.input("t", Shape.vector(3, 1));
        float[] values = {0f, 981f, 333.25f};
        EngineTests.check(net.build(net.timestepEmbedding(timesteps, 320)), Map.of("t", new Tensor(Shape.vector(3, 1), values)));
    }

    @Test
    void tokenEmbedding() {
        GraphBuilder net = new GraphBuilder("tokens");
        Shape shape = Shape.sequence(2, 3, 1);
        Value ids = net.input("ids", shape);
        Value embedded = net.tokenEmbedding(ids, "tokens", 11, "positions", 5, 6);
        EngineTests.check(net.build(embedded), Map.of("ids", new Tensor(shape, new float[] {0, 10, 3, 3, 7, 1})));
    }

    @Test
    void weightsInHalfPrecision() {
        assumeTrue(HalfPrecisionProbe.passes(EngineTests.device()), "the device does not read halves");
        GraphBuilder net = new GraphBuilder("halves");
        Shape shape = Shape.sequence(2, 3, 1);
        Value ids = net.input("ids", shape);
        Value embedded = net.tokenEmbedding(ids, "tokens", 11, "positions", 5, 6);
        Value product = net.linear(net.convolution(embedded, "convolution", 70), "linear", 5);
        EngineTests.checkHalves(net.build(product), Map.of("ids", new Tensor(shape, new float[] {0, 10, 3, 3, 7, 1})));
    }
}
