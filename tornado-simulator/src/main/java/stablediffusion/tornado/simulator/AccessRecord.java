package stablediffusion.tornado.simulator;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;

/**
 * Records the last writer and the last reader of each element of an array, to find accesses of two work-items to one element that nothing
 * orders.
 *
 * <p>Two accesses of which at least one is a write conflict when they come from different work-items of the same launch, unless both are of
 * one work-group and a barrier lies between. Each access leaves a stamp: launch (24 bits), barriers passed (14), whether others read too (2),
 * work-item (24). Work-items are numbered group by group, so that those from {@code groupStart} to {@code groupStart + groupSize} are the own
 * group.
 */
final class AccessRecord {

    /** Result for no conflict. */
    static final int NONE = -1;

    private static final int ITEM_BITS = 24;
    /** Largest number of work-items that can be told apart. */
    static final int MOST_ITEMS = 1 << ITEM_BITS;

    private static final int PHASE_SHIFT = 26;
    private static final int LAUNCH_SHIFT = 40;
    private static final int ITEM_MASK = MOST_ITEMS - 1;
    private static final int PHASE_MASK = (1 << LAUNCH_SHIFT - PHASE_SHIFT) - 1;
    /** Set in a reader's stamp when other work-items of its group read the element in the same phase. */
    private static final long GROUP_READS = 1L << ITEM_BITS;
    /** Set in a reader's stamp when work-items of other groups read the element. */
    private static final long GROUPS_READ = 1L << ITEM_BITS + 1;

    private static final VarHandle STAMP = MethodHandles.arrayElementVarHandle(long[].class);

    private final long[] writers;
    private final long[] readers;

    AccessRecord(int elements) {
        writers = new long[elements];
        readers = new long[elements];
    }

    static long stamp(int launch, int barriers, int item) {
        return (long) launch << LAUNCH_SHIFT | (long) (barriers & PHASE_MASK) << PHASE_SHIFT | item & ITEM_MASK;
    }

    /** Returns true if any launch wrote the element. */
    boolean written(int index) {
        return writers[index] != 0;
    }

    /** Returns true if any launch wrote any element. */
    boolean anyWritten() {
        return Arrays.stream(writers).anyMatch(stamp -> stamp != 0);
    }

    /** Records a read and returns the work-item whose write it conflicts with, or {@link #NONE}. */
    int read(int index, long me, int groupStart, int groupSize) {
        long before = readers[index];
        if (before != me) {
            long now = me;
            if (launch(before) == launch(me)) {
                if (!inGroup(before, groupStart, groupSize)) {
                    now |= GROUPS_READ;
                } else if (phase(before) == phase(me)) {
                    now |= before & (GROUP_READS | GROUPS_READ) | (item(before) == item(me) ? 0 : GROUP_READS);
                } else {
                    now |= before & GROUPS_READ;
                }
            }
            readers[index] = now;
        }
        long writer = writers[index];
        return conflict(writer, me, groupStart, groupSize) ? item(writer) : NONE;
    }

    /** Records a write and returns the work-item whose write it conflicts with, or {@link #NONE}. */
    int write(int index, long me, int groupStart, int groupSize) {
        long before = (long) STAMP.getAndSet(writers, index, me);
        return conflict(before, me, groupStart, groupSize) ? item(before) : NONE;
    }

    /** Returns the work-item whose read a write conflicts with, or {@link #NONE}. */
    int readBeforeWrite(int index, long me, int groupStart, int groupSize) {
        long reader = readers[index];
        if (launch(reader) != launch(me)) {
            return NONE;
        }
        boolean othersRead = (reader & GROUPS_READ) != 0 || (reader & GROUP_READS) != 0 && phase(reader) == phase(me);
        return othersRead || conflict(reader, me, groupStart, groupSize) ? item(reader) : NONE;
    }

    private static boolean conflict(long before, long me, int groupStart, int groupSize) {
        return launch(before) == launch(me) && item(before) != item(me)
                && !(phase(before) < phase(me) && inGroup(before, groupStart, groupSize));
    }

    private static long launch(long stamp) {
        return stamp >>> LAUNCH_SHIFT;
    }

    private static int phase(long stamp) {
        return (int) (stamp >>> PHASE_SHIFT) & PHASE_MASK;
    }

    private static int item(long stamp) {
        return (int) stamp & ITEM_MASK;
    }

    private static boolean inGroup(long stamp, int groupStart, int groupSize) {
        return Integer.compareUnsigned(item(stamp) - groupStart, groupSize) < 0;
    }
}
