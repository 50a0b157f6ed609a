package stablediffusion.bench.peers;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import stablediffusion.bench.peers.OnnxModel.Attribute;
import stablediffusion.model.engine.Tensor;
import stablediffusion.model.graph.Operation;
import stablediffusion.model.graph.Shape;

import java.nio.FloatBuffer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** ONNX Runtime's CPU provider, a session of one node for each operation: Gemm, Conv and LayerNormalization. */
final class OnnxRuntimePeer implements Peer {
    private final OrtEnvironment environment = OrtEnvironment.getEnvironment();

    @Override
    public String name() {
        return "ONNX Runtime";
    }

    /** @param picture shape of a picture's output, NCHW; empty for rows */
    private record Ready(OrtSession session, Map<String, OnnxTensor> inputs, Optional<Shape> picture) implements Prepared {
        @Override
        public void run() {
            try (OrtSession.Result _ = session.run(inputs)) {
                // Only the time counts.
            } catch (OrtException e) {
                throw new IllegalStateException(e);
            }
        }

        @Override
        public float[] output() {
            try (OrtSession.Result result = session.run(inputs)) {
                FloatBuffer buffer = ((OnnxTensor) result.get(0)).getFloatBuffer();
                float[] values = new float[buffer.remaining()];
                buffer.get(values);
                return picture.map(shape -> Tensor.fromChannelsFirst(shape, values).values()).orElse(values);
            } catch (OrtException e) {
                throw new IllegalStateException(e);
            }
        }

        @Override
        public void close() {
            inputs.values().forEach(OnnxTensor::close);
            try {
                session.close();
            } catch (OrtException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    @Override
    public Optional<Prepared> prepare(Operation operation, Map<String, Tensor> inputs, Numbers weights) {
        try {
            return switch (operation) {
                case Operation.Linear linear -> {
                    Map<String, OnnxTensor> tensors = new LinkedHashMap<>();
                    Shape shape = linear.input().shape();
                    tensors.put("x", tensor(inputs.get(linear.input().name()).values(), shape.rows(), shape.channels()));
                    tensors.put("w", tensor(weights.stored(linear.weight()), shape.channels(), linear.output().shape().channels()));
                    if (linear.bias().isPresent()) {
                        tensors.put("b", tensor(weights.of(linear.bias().get()), linear.output().shape().channels()));
                    }
                    yield Optional.of(ready("Gemm", tensors, List.of(), Optional.empty()));
                }
                case Operation.Convolution convolution -> {
                    Shape shape = convolution.input().shape();
                    long before = convolution.padding().before();
                    long after = convolution.padding().after();
                    Map<String, OnnxTensor> tensors = new LinkedHashMap<>();
                    tensors.put("x", tensor(
                            inputs.get(convolution.input().name()).toChannelsFirst(), shape.batch(), shape.channels(), shape.height(), shape.width()));
                    tensors.put("w", tensor(weights.of(convolution.weight()),
                            convolution.weight().checkpointShape().stream().mapToLong(Integer::longValue).toArray()));
                    tensors.put("b", tensor(weights.of(convolution.bias()), convolution.output().shape().channels()));
                    long stride = convolution.stride();
                    yield Optional.of(ready(
                            "Conv",
                            tensors,
                            List.of(Attribute.of("pads", before, before, after, after), Attribute.of("strides", stride, stride)),
                            Optional.of(convolution.output().shape())));
                }
                case Operation.LayerNorm norm -> {
                    Shape shape = norm.input().shape();
                    Map<String, OnnxTensor> tensors = new LinkedHashMap<>();
                    tensors.put("x", tensor(inputs.get(norm.input().name()).values(), shape.rows(), shape.channels()));
                    tensors.put("w", tensor(weights.of(norm.weight()), shape.channels()));
                    tensors.put("b", tensor(weights.of(norm.bias()), shape.channels()));
                    yield Optional.of(ready("LayerNormalization", tensors, List.of(Attribute.of("epsilon", norm.epsilon())), Optional.empty()));
                }
                default -> Optional.empty();
            };
        } catch (OrtException e) {
            throw new IllegalStateException(e);
        }
    }

    private OnnxTensor tensor(float[] values, long... shape) throws OrtException {
        return OnnxTensor.createTensor(environment, FloatBuffer.wrap(values), shape);
    }

    private Prepared ready(String operator, Map<String, OnnxTensor> inputs, List<Attribute> attributes, Optional<Shape> picture)
            throws OrtException {
        byte[] model = OnnxModel.of(operator, List.copyOf(inputs.keySet()), "y", attributes);
        return new Ready(environment.createSession(model, new OrtSession.SessionOptions()), inputs, picture);
    }

    @Override
    public void close() {
        environment.close();
    }
}
