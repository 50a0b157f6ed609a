package stablediffusion.weights.checkpoint;

import stablediffusion.model.UserException;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;

/**
 * Reads Python pickles (protocols 2 to 4; opcodes as in CPython's {@code pickletools}) without running code: a pickle names functions
 * to call, and here a name is looked up in {@link PickleGlobals}, a fixed list of functions from data to data. Any other name is
 * refused.
 *
 * <p>Python values become {@link Long}, {@link Double}, {@link Boolean}, {@link String}, {@code byte[]}, {@link List},
 * {@link Map}, {@link Tuple}, {@link None}, or a value of the list of globals.
 */
final class PickleReader {

    /** Represents a Python tuple. */
    record Tuple(List<Object> items) {}

    /** Represents Python's None. */
    enum None {
        NONE
    }

    /** Represents a class or function by its name. */
    record Global(String name) {}

    /** Represents a reference to a storage in the zip. */
    record PersistentId(Tuple id) {}

    /** Far more than any pickle of torch needs: those name a collection once. */
    private static final long COPIES_PER_BYTE = 4;

    private final String source;
    private final ByteBuffer bytes;
    private final Deque<List<Object>> below = new ArrayDeque<>();
    private final Map<Integer, Object> memo = new HashMap<>();
    private List<Object> stack = new ArrayList<>();
    private long copiesLeft;

    private PickleReader(String source, byte[] bytes) {
        this.source = source;
        this.bytes = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        this.copiesLeft = 1000 + COPIES_PER_BYTE * bytes.length;
    }

    /**
     * Reads a pickle.
     *
     * @param source name of the pickle in messages
     * @throws UserException if it is damaged, or uses a global name that is not in the list
     */
    static Object load(String source, byte[] bytes) {
        PickleReader pickle = new PickleReader(source, bytes);
        try {
            return pickle.run();
        } catch (BufferUnderflowException
                | IndexOutOfBoundsException
                | NoSuchElementException
                | ClassCastException
                | ArithmeticException
                | IllegalArgumentException damage) {
            // A damaged pickle takes values that are missing or of another type, which gives any of these exceptions.
            throw new UserException(source + " is damaged near its byte " + pickle.bytes.position(), damage);
        }
    }

    /**
     * Counts work that an opcode does beside reading its own bytes: copying collections that the pickle holds already. A pickle can name the
     * same collection again and again, which would take a time and a memory that grow with the square of its size.
     */
    private void spend(int items) {
        copiesLeft -= items;
        if (copiesLeft < 0) {
            throw new IllegalArgumentException("copies the same collections too often");
        }
    }

    private static int size(Object value) {
        return switch (value) {
            case Tuple tuple -> tuple.items().size();
            case List<?> list -> list.size();
            case Map<?, ?> map -> map.size();
            default -> 0;
        };
    }

    private Object run() {
        while (true) {
            int opcode = bytes.get() & 0xFF;
            switch (opcode) {
                case 0x80 -> bytes.get(); // PROTO
                case 0x95 -> bytes.getLong(); // FRAME
                case '.' -> {
                    return pop();
                }
                case '(' -> {
                    below.push(stack);
                    stack = new ArrayList<>();
                }
                case '0' -> pop();
                case '1' -> popMark();
                case '2' -> push(stack.getLast());

                case 'N' -> push(None.NONE);
                case 0x88 -> push(true);
                case 0x89 -> push(false);
                case 'K' -> push((long) (bytes.get() & 0xFF));
                case 'M' -> push((long) (bytes.getShort() & 0xFFFF));
                case 'J' -> push((long) bytes.getInt());
                case 0x8a -> push(littleEndian(take(bytes.get() & 0xFF)));
                case 'G' -> push(Double.longBitsToDouble(Long.reverseBytes(bytes.getLong())));

                case 'X', 'T' -> push(text(length()));
                case 0x8c, 'U' -> push(text(bytes.get() & 0xFF));
                case 0x8d -> push(text(Math.toIntExact(bytes.getLong())));
                case 'C' -> push(take(bytes.get() & 0xFF));
                case 'B' -> push(take(length()));

                case '}' -> push(new LinkedHashMap<Object, Object>());
                case ']' -> push(new ArrayList<Object>());
                case ')' -> push(new Tuple(List.of()));
                case 't' -> push(new Tuple(popMark()));
                case 0x85 -> push(new Tuple(popLast(1)));
                case 0x86 -> push(new Tuple(popLast(2)));
                case 0x87 -> push(new Tuple(popLast(3)));
                case 'l' -> push(popMark());
                case 'a' -> append(popLast(1));
                case 'e' -> append(popMark());
                case 's' -> setItems(popLast(2));
                case 'u' -> setItems(popMark());

                case 'q' -> memo.put(bytes.get() & 0xFF, stack.getLast());
                case 'r' -> memo.put(bytes.getInt(), stack.getLast());
                case 0x94 -> memo.put(memo.size(), stack.getLast());
                case 'h' -> push(memo(bytes.get() & 0xFF));
                case 'j' -> push(memo(bytes.getInt()));

                case 'c' -> push(global(line(), line()));
                case 0x93 -> {
                    String name = (String) pop();
                    push(global((String) pop(), name));
                }
                case 'Q' -> push(new PersistentId((Tuple) pop()));
                case 'R', 0x81 -> { // REDUCE, NEWOBJ
                    Tuple arguments = (Tuple) pop();
                    spend(size(arguments));
                    arguments.items().forEach(argument -> spend(size(argument)));
                    push(PickleGlobals.call(source, (Global) pop(), arguments));
                }
                case 'b' -> {
                    Object state = pop();
                    spend(size(state));
                    PickleGlobals.build(stack.getLast(), state);
                }
                default -> throw new UserException(source + " is damaged, or no state dictionary: it uses the pickle opcode 0x"
                        + Integer.toHexString(opcode) + " at its byte " + (bytes.position() - 1));
            }
        }
    }

    private Global global(String module, String name) {
        return PickleGlobals.lookUp(source, module + "." + name);
    }

    private Object memo(int index) {
        Object value = memo.get(index);
        if (value == null) {
            throw new IllegalArgumentException("there is no memo " + index);
        }
        return value;
    }

    private void append(List<Object> items) {
        switch (stack.getLast()) {
            case PickleGlobals.Instance instance -> instance.items().addAll(items);
            case Object list -> PickleGlobals.list(list).addAll(items);
        }
    }

    private void setItems(List<Object> keysAndValues) {
        Map<Object, Object> map =
                stack.getLast() instanceof PickleGlobals.Instance instance ? instance.entries() : PickleGlobals.map(stack.getLast());
        for (int i = 0; i < keysAndValues.size(); i += 2) {
            map.put(key(keysAndValues.get(i)), keysAndValues.get(i + 1));
        }
    }

    /**
     * Returns bytes as text, which is what a checkpoint of Python 2 means by them. Replaces keys of other types: they are not needed, and
     * hashing a recursive one would not end.
     */
    static Object key(Object value) {
        return switch (value) {
            case String text -> text;
            case byte[] text -> new String(text, StandardCharsets.UTF_8);
            case Long number -> number;
            default -> new Object();
        };
    }

    private void push(Object value) {
        stack.add(value);
    }

    private Object pop() {
        return stack.removeLast();
    }

    private List<Object> popLast(int count) {
        List<Object> last = stack.subList(stack.size() - count, stack.size());
        List<Object> items = new ArrayList<>(last);
        last.clear();
        return items;
    }

    private List<Object> popMark() {
        List<Object> items = stack;
        stack = below.pop();
        return items;
    }

    private int length() {
        int length = bytes.getInt();
        if (length < 0) {
            throw new BufferUnderflowException();
        }
        return length;
    }

    private byte[] take(int length) {
        if (length < 0 || length > bytes.remaining()) {
            throw new BufferUnderflowException();
        }
        byte[] taken = new byte[length];
        bytes.get(taken);
        return taken;
    }

    private String text(int length) {
        return new String(take(length), StandardCharsets.UTF_8);
    }

    private String line() {
        int start = bytes.position();
        while (bytes.get() != '\n') {}
        return new String(bytes.array(), start, bytes.position() - 1 - start, StandardCharsets.UTF_8);
    }

    private static Long littleEndian(byte[] digits) {
        // Longer integers exist (torch's magic number), but are not needed.
        long value = 0;
        for (int i = Math.min(digits.length, 8) - 1; i >= 0; i--) {
            value = value << 8 | digits[i] & 0xFF;
        }
        int unused = 64 - 8 * Math.min(digits.length, 8);
        return digits.length == 0 ? 0L : value << unused >> unused;
    }
}
