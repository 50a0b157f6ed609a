package stablediffusion.bench;

import org.junit.jupiter.api.Test;
import stablediffusion.model.engine.Tensor;
import stablediffusion.model.graph.Shape;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

class OutputErrorTest {
    private static Tensor tensor(float... values) {
        return new Tensor(Shape.vector(1, values.length), values);
    }

    /** Differences 0, 1 and 2; the reference has a power of 3² + 4². */
    @Test
    void errors() {
        OutputError agreement = OutputError.between(tensor(0, 4, 2), tensor(0, 3, 4));
        assertEquals(2, agreement.maximum());
        assertEquals(1, agreement.mean());
        assertEquals(Math.sqrt(5) / 5, agreement.relative(), 1e-12);
    }

    @Test
    void equalOutputs() {
        assertEquals(new OutputError(0, 0, 0), OutputError.between(tensor(1, 2), tensor(1, 2)));
    }

    @Test
    void aNaNIsNoAgreement() {
        assertTrue(Double.isNaN(OutputError.between(tensor(1, Float.NaN), tensor(1, 2)).maximum()));
    }

    @Test
    void otherShapesAreRefused() {
        assertThrows(IllegalArgumentException.class, () -> OutputError.between(tensor(1), tensor(1, 2)));
    }
}
