package stablediffusion.cpu;

import org.bytedeco.javacpp.PointerScope;
import stablediffusion.model.Precision;
import stablediffusion.model.engine.Executable;
import stablediffusion.model.graph.Graph;
import stablediffusion.model.graph.Operation;
import stablediffusion.model.weights.Weights;

import java.util.ArrayList;
import java.util.List;

/** Compiles a network to steps, with a class for each kind of operation. */
final class Compiler {
    private final CompilationContext context;

    private Compiler(CompilationContext context) {
        this.context = context;
    }

    /** Compiles a graph. Everything that oneDNN allocates meanwhile belongs to the executable and is freed when it closes. */
    static Executable compile(OneDnn oneDnn, Graph graph, Precision precision, Weights weights) {
        try (OpenMp.Limit _ = oneDnn.limitThreads();
                PointerScope scope = new PointerScope();
                WeightLoader loader = new WeightLoader(oneDnn, weights)) {
            CompilationContext context = new CompilationContext(oneDnn, new ActivationMemory(oneDnn, graph, precision), loader);
            Compiler compiler = new Compiler(context);
            List<CpuExecutable.Part> parts = new ArrayList<>();
            for (Operation operation : graph.operations()) {
                parts.add(new CpuExecutable.Part(operation, compiler.step(operation)));
            }
            context.allocateShared();
            return new CpuExecutable(oneDnn, graph, context.activations(), parts, scope.extend());
        }
    }

    private Step step(Operation operation) {
        return switch (operation) {
            case Operation.Convolution convolution -> new Convolutions(context).compile(convolution);
            case Operation.Linear linear -> new MatrixProducts(context).compile(linear);
            case Operation.GatedLinear linear -> new MatrixProducts(context).compile(linear);
            case Operation.GroupNorm norm -> new GroupNorms(context).compile(norm);
            case Operation.LayerNorm norm -> new LayerNorms(context).compile(norm);
            case Operation.Attention attention -> new Attentions(context).compile(attention);
            case Operation.Geglu geglu -> new Elementwise(context).compile(geglu);
            case Operation.Activate activate -> new Elementwise(context).compile(activate);
            case Operation.Add add -> new Elementwise(context).compile(add);
            case Operation.AddBatchBias add -> new Elementwise(context).compile(add);
            case Operation.Concat concat -> new Copies(context).compile(concat);
            case Operation.Upsample upsample -> new Copies(context).compile(upsample);
            case Operation.TimestepEmbedding embedding -> new Embeddings(context).compile(embedding);
            case Operation.TokenEmbedding embedding -> new Embeddings(context).compile(embedding);
        };
    }
}
