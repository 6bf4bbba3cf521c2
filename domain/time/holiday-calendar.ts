/**
 * The holidays of a controller's seat in Italy: the kept library for the whole country, and what it lacks. Each entry says
 * whether it is legal, since the State's list alone moves a deadline (Cass. 17079/2007, 5895/2015).
 */
import Holidays from 'date-holidays';
import { type LocalDate, localDate, parseLocalDate } from './local-date.ts';
import type { Holiday, HolidayCalendar, LocalHoliday, Seat } from './working-days.ts';

const countrySource = 'L. 260/1949, L. 54/1977, DPR 792/1985, L. 336/2000, L. 151/2025';

/** Days of one municipality that law or case law speaks of and the library does not know. */
const municipalHolidays: Readonly<Record<string, readonly LocalHoliday[]>> = {
  Roma: [
    { monthDay: '06-29', name: 'Santi Pietro e Paolo', legal: true, source: 'DPR 792/1985: municipality of Rome only' },
  ],
  Milano: [
    {
      monthDay: '12-07',
      name: "Sant'Ambrogio",
      legal: false,
      source: 'patron saint, not in the State’s list: Cass. 17079/2007',
    },
  ],
};

/** The calendar of a seat: country, then municipality, then what the controller's policy adds. */
export const holidayCalendar = (seat: Seat): HolidayCalendar => {
  const library = new Holidays(seat.country, { types: ['public'] });
  const local = [...(municipalHolidays[seat.municipality] ?? []), ...(seat.localHolidays ?? [])];

  const holidaysOf = (year: string): ReadonlyMap<LocalDate, Holiday> => {
    const ofCountry = library.getHolidays(Number(year), 'it').map(
      ({ date, name }): Holiday => ({
        date: localDate(date.slice(0, 10)),
        name,
        legal: true,
        scope: 'country',
        source: countrySource,
      }),
    );
    const ofPlace = local.flatMap(({ monthDay, name, legal, source }): readonly Holiday[] => {
      // 29 February exists in some years only.
      const date = parseLocalDate(`${year}-${monthDay}`);
      return date.ok ? [{ date: date.value, name, legal, scope: 'municipality', source }] : [];
    });
    // Later entries of a map win: those that count, and of these the country's.
    const rank = ({ legal, scope }: Holiday): number => (legal ? 2 : 0) + (scope === 'country' ? 1 : 0);
    const all = [...ofPlace, ...ofCountry].sort((one, other) => rank(one) - rank(other));
    return new Map(all.map((holiday) => [holiday.date, holiday]));
  };

  const years = new Map<string, ReadonlyMap<LocalDate, Holiday>>();
  return {
    holidayOn: (date) => {
      const year = date.slice(0, 4);
      const known = years.get(year) ?? holidaysOf(year);
      years.set(year, known);
      return known.get(date);
    },
  };
};
