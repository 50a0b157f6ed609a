package stablediffusion.model.pipeline;

import stablediffusion.model.Precision;
import stablediffusion.model.engine.Engine;
import stablediffusion.model.engine.Executable;
import stablediffusion.model.engine.MemoryNeed;
import stablediffusion.model.engine.Tensor;
import stablediffusion.model.graph.Graph;
import stablediffusion.model.graph.Shape;
import stablediffusion.model.graph.Value;
import stablediffusion.model.weights.Weights;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Computes something else than a network, but of its shape: each number of an item of the batch from one number of each input of the same item.
 * As items do not mix and rounding does not depend on their number, a batch gives the bits that its items give alone.
 */
final class ItemwiseEngine implements Engine {
    private final List<Shape> runsOfUnet = new ArrayList<>();

    /** Returns the shape of the UNet's output in each of its runs. */
    List<Shape> runsOfUnet() {
        return runsOfUnet;
    }

    @Override
    public Executable compile(Graph graph, Weights weights) {
        return new Executable() {
            @Override
            public Tensor run(Map<String, Tensor> inputs) {
                if (graph.name().equals("unet")) {
                    runsOfUnet.add(graph.output().shape());
                }
                return compute(graph, inputs);
            }

            @Override
            public void close() {}
        };
    }

    private static Tensor compute(Graph graph, Map<String, Tensor> inputs) {
        Shape shape = graph.output().shape();
        float[] values = new float[shape.size()];
        int size = values.length / shape.batch();
        for (int i = 0; i < values.length; i++) {
            int item = i / size;
            double sum = i % size;
            for (Value input : graph.inputs()) {
                Tensor tensor = inputs.get(input.name());
                if (!tensor.shape().equals(input.shape())) {
                    throw new IllegalArgumentException(input + " is " + tensor.shape());
                }
                int inputSize = tensor.values().length / shape.batch();
                sum += tensor.values()[item * inputSize + i % size % inputSize];
            }
            values[i] = (float) Math.sin(sum);
        }
        return new Tensor(shape, values);
    }

    @Override
    public String description() {
        return "item by item";
    }

    @Override
    public Precision precision() {
        return Precision.F32;
    }

    @Override
    public MemoryNeed memory(Graph graph) {
        return new MemoryNeed(0, 0);
    }

    @Override
    public void close() {}
}
