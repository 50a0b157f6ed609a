package stablediffusion.tornado;

import org.ejml.simple.SimpleMatrix;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import stablediffusion.model.engine.Executable;
import stablediffusion.model.Precision;
import stablediffusion.model.engine.Tensor;
import stablediffusion.model.graph.Graph;
import stablediffusion.model.graph.GraphBuilder;
import stablediffusion.model.graph.Shape;
import stablediffusion.model.testing.MemoryWeights;
import stablediffusion.model.testing.RandomNumbers;
import uk.ac.manchester.tornado.api.types.matrix.Matrix2DDouble;
import uk.ac.manchester.tornado.matrix.EjmlUtil;

import java.util.List;
import java.util.Map;

/** Compares matrix products on TornadoVM's device with those of EJML in double precision, which tornado-matrices calls. */
class EjmlTest {

    @ParameterizedTest
    @CsvSource({"4096, 320, 320", "154, 768, 640", "256, 1280, 1280", "2, 320, 1280", "131, 67, 33"})
    void linear(int rows, int in, int out) {
        GraphBuilder net = new GraphBuilder("linear");
        Shape shape = Shape.sequence(1, rows, in);
        Graph graph = net.build(net.linearWithoutBias(net.input("x", shape), "layer", out));
        Tensor x = RandomNumbers.tensor(shape, 1);
        MemoryWeights weights = RandomNumbers.weights(graph);
        float[] matrix = weights.tensors().get(graph.weights().getFirst().name());

        SimpleMatrix product = matrix(rows, in, x.values()).mult(matrix(in, out, matrix));
        Tensor expected = new Tensor(graph.output().shape(), values(product));

        for (KernelSet kernels : List.of(new CpuKernels(CpuKernels.CHOICES.usual()), new GpuKernels(1))) {
            try (TornadoEngine engine = new TornadoEngine(EngineTests.device(), "test", Precision.F32, kernels);
                    Executable executable = engine.compile(graph, weights)) {
                EngineTests.assertClose(graph, expected, executable.run(Map.of("x", x)));
                EngineTests.assertClose(graph, expected, executable.run(Map.of("x", x)));
            }
        }
    }

    private static SimpleMatrix matrix(int rows, int columns, float[] values) {
        Matrix2DDouble matrix = new Matrix2DDouble(rows, columns);
        for (int i = 0; i < values.length; i++) {
            matrix.set(i / columns, i % columns, values[i]);
        }
        return EjmlUtil.toMatrix(matrix);
    }

    private static float[] values(SimpleMatrix matrix) {
        float[] values = new float[matrix.getNumElements()];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) matrix.get(i);
        }
        return values;
    }
}
