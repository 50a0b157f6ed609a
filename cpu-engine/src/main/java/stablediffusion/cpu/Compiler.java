package stablediffusion.cpu;

import org.bytedeco.javacpp.PointerScope;
import stablediffusion.model.Precision;
import stablediffusion.model.engine.Executable;
import stablediffusion.model.graph.Graph;
import stablediffusion.model.graph.Operation;
import stablediffusion.model.weights.Weights;

import java.util.ArrayList;
import java.util.List;

/** Makes the steps of a network, a room for each kind of operation. */
final class Compiler {
    private final Workshop workshop;

    private Compiler(Workshop workshop) {
        this.workshop = workshop;
    }

    /** Everything that oneDNN allocates here belongs to the executable and goes when it closes. */
    static Executable compile(OneDnn oneDnn, Graph graph, Precision precision, Weights weights) {
        try (PointerScope scope = new PointerScope();
                WeightLoader loader = new WeightLoader(oneDnn, graph, weights)) {
            Workshop workshop = new Workshop(oneDnn, new Activations(oneDnn, graph, precision), loader);
            Compiler compiler = new Compiler(workshop);
            List<CpuExecutable.Part> parts = new ArrayList<>();
            for (Operation operation : graph.operations()) {
                parts.add(new CpuExecutable.Part(operation, compiler.step(operation)));
            }
            workshop.allocateShared();
            return new CpuExecutable(graph, workshop.activations(), parts, scope.extend());
        }
    }

    private Step step(Operation operation) {
        return switch (operation) {
            case Operation.Convolution convolution -> new Convolutions(workshop).compile(convolution);
            case Operation.Linear linear -> new MatrixProducts(workshop).compile(linear);
            case Operation.GatedLinear linear -> new MatrixProducts(workshop).compile(linear);
            case Operation.GroupNorm norm -> new GroupNorms(workshop).compile(norm);
            case Operation.LayerNorm norm -> new LayerNorms(workshop).compile(norm);
            case Operation.Attention attention -> new Attentions(workshop).compile(attention);
            case Operation.Geglu geglu -> new Elementwise(workshop).compile(geglu);
            case Operation.Activate activate -> new Elementwise(workshop).compile(activate);
            case Operation.Add add -> new Elementwise(workshop).compile(add);
            case Operation.AddBatchBias add -> new Elementwise(workshop).compile(add);
            case Operation.Concat concat -> new Copies(workshop).compile(concat);
            case Operation.Upsample upsample -> new Copies(workshop).compile(upsample);
            case Operation.TimestepEmbedding embedding -> new Embeddings(workshop).compile(embedding);
            case Operation.TokenEmbedding embedding -> new Embeddings(workshop).compile(embedding);
        };
    }
}
